import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { parse } from 'yaml'
import type { Fault } from '../src/core/fault.ts'
import { INPUT_NAMES, INPUTS } from '../src/core/inputs/input-table.ts'
import { parseConfig } from '../src/core/inputs/parse-config.ts'
import { parseInputs } from '../src/core/inputs/parse-inputs.ts'

/** schema/config.schema.json through a validator of JSON Schema, beside the parser that has the last word. */
const ROOT = path.join(import.meta.dirname, '..')
const SCHEMA = JSON.parse(readFileSync(path.join(ROOT, 'schema', 'config.schema.json'), 'utf8')) as {
  readonly properties: Readonly<Record<string, { readonly description?: string }>>
}
const ajv = new Ajv2020({ strict: true, strictTypes: false, allErrors: true, validateSchema: true })
const validate = ajv.compile(SCHEMA)

const isValid = (text: string): boolean => validate(parse(text)) as boolean

function isParsed(text: string): boolean {
  const faults: Fault[] = []
  parseConfig(text, faults)
  return faults.length === 0
}

/** One good value for each kind beside those that the tables name. */
const GOOD: Readonly<Record<string, readonly string[]>> = {
  url: ['https://gw.corp.example/v1'],
  'host-or-url': ['api.example.com', 'https://api.example.com'],
  secret: ['abc', '"12"'],
  'secret-url': ['http://user:word@proxy.corp:3128'],
  pem: ['|\n  -----BEGIN X-----\n  YQ==\n  -----END X-----'],
  boolean: ['true', 'false', '"true"'],
  bytes: ['0', '4096', '64KiB', '32MiB'],
  text: ['abc', '12345', '"12345"'],
  address: ['127.0.0.1', '"::1"'],
  path: ['logs/agent'],
  list: ['A,B', '|\n  A\n  B', '[A, B]', '\n  - A\n  - 401'],
  rules: ['example.com', '[node, "*.example.com"]', '\n  - example.com'],
  networks: ['10.0.0.1', '[10.0.0.0/8]'],
  command: ['\'["/bin/true"]\'', '[/bin/true, -x, 3]'],
  headers: ['"x-a: b"', '\n  x-a: b\n  x-b: 7'],
}

const BAD: Readonly<Record<string, readonly string[]>> = {
  url: ['7', 'ftp://x', '[a]'],
  'host-or-url': ['[a]', '{a: b}'],
  secret: ['[a]'],
  'secret-url': ['{a: b}'],
  pem: ['[a]'],
  boolean: ['maybe', '[true]'],
  bytes: ['-1', '7GiB', '[1]'],
  text: ['[a]', '{a: b}'],
  address: ['[a]'],
  path: ['[a]'],
  list: ['{a: b}', '[[a]]', '["#a"]'],
  rules: ['{a: b}', '[[a]]', '[""]'],
  networks: ['{a: b}', '[{a: b}]'],
  command: ['{a: b}', '[[a]]'],
  headers: ['[a]', '{a: [b]}'],
  enum: ['somethingElse', '[a]'],
  integer: ['-5', 'many', '[1]'],
  seconds: ['-5', 'soon', '[1]'],
}

function listGood(): (readonly [name: string, text: string])[] {
  return INPUT_NAMES.filter((name) => name !== 'config').flatMap((name) => {
    const row = INPUTS[name]
    const values = 'values' in row ? row.values : 'min' in row && row.kind !== 'bytes' ? bounds(row) : GOOD[row.kind]
    return (values ?? []).map((value) => [name, String(value)] as const)
  })
}

const bounds = ({ min, max }: { readonly min: number; readonly max: number }): readonly string[] => [
  `${min}`,
  `"${max}"`,
]

function listBad(): (readonly [name: string, text: string])[] {
  return INPUT_NAMES.filter((name) => name !== 'config').flatMap((name) =>
    (BAD[INPUTS[name].kind] ?? []).map((value) => [name, value] as const),
  )
}

describe('schema/config.schema.json', () => {
  it('has every input with its description, and no other name', () => {
    expect(Object.keys(SCHEMA.properties)).toEqual(INPUT_NAMES.filter((name) => name !== 'config'))
    for (const [name, { description }] of Object.entries(SCHEMA.properties)) {
      expect(description).toBe(INPUTS[name as keyof typeof INPUTS].description)
    }
    expect(isValid('config: other.yml')).toBe(false)
    expect(isValid('openai-key: x')).toBe(false)
  })

  it('has the bounds of the table', () => {
    expect(isValid('stream-idle-timeout: 59')).toBe(false)
    expect(isValid('stream-idle-timeout: 60')).toBe(true)
    expect(isValid('stream-idle-timeout: 86401')).toBe(false)
    expect(isValid('max-requests: 0')).toBe(false)
  })

  it('takes the example of docs/configuration.md, and so does the parser', () => {
    const page = readFileSync(path.join(ROOT, 'docs', 'configuration.md'), 'utf8')
    const [, example = ''] = /^```yaml\n(# yaml-language-server: \$schema=[\s\S]*?)^```$/m.exec(page) ?? []
    expect(validate(parse(example)) || validate.errors).toBe(true)
    const parsed = parseInputs(new Map([['config', example]]), new Map([['github-server-url', 'https://github.com']]))
    expect(parsed).toMatchObject({ kind: 'ok' })
  })

  it('names no machine and no registry: its $id is relative', () => {
    expect(JSON.stringify(SCHEMA)).not.toMatch(/"\$id":"[a-z]+:/)
  })

  it.each(listGood())('%s: %s is valid, and the parser takes its form', (name, text) => {
    const config = `${name}: ${text}\n`
    expect([isValid(config), isParsed(config)]).toEqual([true, true])
  })

  it.each(listBad())('%s: %s is not valid, and the parser refuses it', (name, text) => {
    const config = `${name}: ${text}\n`
    expect(isValid(config)).toBe(false)
    const raw = new Map([['config', config]])
    const parsed = parseInputs(raw, new Map([['github-server-url', 'https://github.com']]))
    const named = parsed.kind === 'faults' ? parsed.faults.map(({ input }) => input) : []
    expect(named.some((input) => input === name || input === 'config')).toBe(true)
  })
})
