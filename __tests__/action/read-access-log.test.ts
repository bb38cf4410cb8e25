import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { readAccessLog } from '../../src/action/read-access-log.ts'

let path = ''

beforeEach(() => {
  path = join(mkdtempSync(join(tmpdir(), 'access-')), 'access.jsonl')
})

afterEach(() => rmSync(join(path, '..'), { recursive: true, force: true }))

const request = {
  kind: 'request',
  provider: 'openai',
  outcome: 'complete',
  transport: 'http',
  status: 200,
  tokens: { input: 3, output: 2, cached: 1 },
  bytesIn: 1,
  bytesOut: 1,
  firstByteMs: 1,
  ms: 1,
}

describe('readAccessLog()', () => {
  test('counts requests, tokens and restarts again', async () => {
    const restart = { kind: 'lifecycle', what: 'worker-restarted' }
    writeFileSync(path, [request, restart, request].map((line) => `${JSON.stringify(line)}\n`).join(''))
    const report = await readAccessLog(path)
    expect(report).toMatchObject({ workerRestarts: 1, lostLogLines: 0 })
    expect(report.providers.openai).toMatchObject({ requests: 2, tokensInput: 6, tokensOutput: 4 })
  })

  test.each([
    ['an outcome that does not exist', JSON.stringify({ ...request, outcome: 'fine' })],
    ['a torn line', '{"kind":"requ'],
    ['another JSON value', 'null'],
    ['a request without figures', '{"kind":"request","provider":"openai"}'],
    ['figures that are no numbers', JSON.stringify({ ...request, bytesIn: 'x', tokens: { input: {} } })],
    ['a provider that does not exist', JSON.stringify({ ...request, provider: '__proto__' })],
  ])('%s changes no figure', async (_name, line) => {
    writeFileSync(path, `${JSON.stringify(request)}\n${line}\n`)
    const { providers } = await readAccessLog(path)
    expect(providers).toMatchObject({ openai: { requests: 1, tokensInput: 3, bytesIn: 1 } })
  })

  test('a model name that is none never gets into the report', async () => {
    writeFileSync(path, JSON.stringify({ ...request, model: '| a | <img> |' }))
    expect((await readAccessLog(path)).providers.openai).toMatchObject({ requests: 1, models: {} })
  })

  test('no log is an empty report', async () => {
    expect(await readAccessLog(path)).toMatchObject({ providers: {}, lostLogLines: 0 })
  })
})
