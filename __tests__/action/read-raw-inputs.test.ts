import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { createRunner } from '../../src/action/actions-runner.ts'
import { readRawInputs, readRunnerFacts } from '../../src/action/read-raw-inputs.ts'

let workspace = ''

beforeEach(() => {
  workspace = mkdtempSync(join(tmpdir(), 'inputs-'))
})

afterEach(() => rmSync(workspace, { recursive: true, force: true }))

function read(environment: Readonly<Record<string, string>>): Record<string, string> {
  const all = { GITHUB_WORKSPACE: workspace, ...environment }
  return Object.fromEntries(readRawInputs(createRunner(all), all))
}

describe('readRawInputs()', () => {
  test('texts are raw: untrimmed, empty is not absent, names are lower case with hyphens', () => {
    const environment = { 'INPUT_OPENAI-API-KEY': ' sk-1\n', 'INPUT_GEMINI-API-KEY': '', PATH: '/bin' }
    expect(read(environment)).toEqual({ 'openai-api-key': ' sk-1\n', 'gemini-api-key': '' })
  })

  test('config that is a path becomes the text of that file in the workspace', () => {
    writeFileSync(join(workspace, 'proxy.yml'), 'validate: warn\n')
    expect(read({ INPUT_CONFIG: 'proxy.yml' })).toEqual({ config: 'validate: warn\n' })
  })

  test.each([['validate: warn'], ['{validate: warn}'], ['a: 1\nb: 2'], ['']])(
    'config %j is left as it is',
    (config) => {
      expect(read({ INPUT_CONFIG: config })).toEqual({ config })
    },
  )

  test.each([
    ['missing.yml', 'ENOENT'],
    ['.', 'EISDIR'],
    ['large.yml', 'larger than 256 KiB'],
  ])('config that names %s is an error: %s', (config, problem) => {
    writeFileSync(join(workspace, 'large.yml'), 'x'.repeat(300_000))
    expect(() => read({ INPUT_CONFIG: config })).toThrow(problem)
  })
})

describe('readRunnerFacts()', () => {
  test('gives what the runner says, and nothing for what it does not', () => {
    const environment = { GITHUB_SERVER_URL: 'https://acme.ghe.com', GITHUB_API_URL: '' }
    expect([...readRunnerFacts(environment)]).toEqual([['github-server-url', 'https://acme.ghe.com']])
  })
})
