import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { parse } from 'yaml'
import { INPUT_NAMES, INPUTS } from '../src/core/inputs/input-table.ts'
import { OUTPUTS } from '../src/core/inputs/output-table.ts'

const ROOT = path.join(import.meta.dirname, '..')

interface ActionFile {
  readonly inputs: Readonly<Record<string, { readonly default: string; readonly required: boolean }>>
  readonly outputs: Readonly<Record<string, unknown>>
  readonly runs: Readonly<Record<string, string>>
}

describe('generated files', () => {
  it.each(['generate-docs.mjs', 'generate-troubleshooting.mjs'])('%s --check finds nothing to change', (script) => {
    expect(() =>
      execFileSync(process.execPath, [path.join(ROOT, 'scripts', script), '--check'], { stdio: 'pipe' }),
    ).not.toThrow()
  })

  it('action.yml has the inputs, defaults and outputs of the tables as YAML reads them', () => {
    const action = parse(readFileSync(path.join(ROOT, 'action.yml'), 'utf8')) as ActionFile
    const defaults = Object.entries(action.inputs).map(([name, row]) => [name, row.default])
    expect(defaults).toEqual(INPUT_NAMES.map((name) => [name, INPUTS[name].default]))
    expect(Object.values(action.inputs).some((row) => row.required)).toBe(false)
    expect(Object.keys(action.outputs)).toEqual(Object.keys(OUTPUTS))
    expect(action.runs).toEqual({
      using: 'node24',
      main: 'dist/main/index.js',
      post: 'dist/post/index.js',
      'post-if': 'always()',
    })
  })
})
