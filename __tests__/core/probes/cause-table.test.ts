import { describe, expect, test } from '@jest/globals'
import { type CauseFacts, renderTemplate } from '../../../src/core/probes/cause.ts'
import { CAUSES } from '../../../src/core/probes/cause-table.ts'

const FACTS: CauseFacts = {
  label: 'Label',
  host: 'host.example',
  status: '400',
  input: 'some-key',
  urlInput: 'some-url',
  issuer: 'issuer.example',
  web: 'web.example',
  copilotHost: 'copilot.example',
  integrationId: 'integration',
  code: 'CODE',
  location: 'elsewhere.example',
  excerpt: 'an excerpt',
}

const rows = CAUSES.map((row) => [`${row.code}: ${row.seen}`, row] as const)

describe('CAUSES', () => {
  test.each(rows)('%s has sentences whose placeholders exist', (_name, row) => {
    expect(renderTemplate(row.message, FACTS)).not.toMatch(/\{\w+\}/)
    expect(renderTemplate(row.fix, FACTS)).not.toMatch(/\{\w+\}/)
  })

  test.each(rows)('%s names the host, and what to do unless all is well', (_name, row) => {
    expect(row.message).toContain('{host}')
    expect(row.fix === '').toBe(row.code === 'ok')
    expect(row.code).toMatch(/^[a-z]+(-[a-z]+)*$/)
  })

  test('reads no 4xx and no failure as valid', () => {
    const valid = CAUSES.filter((row) => row.verdict === 'valid')
    expect(valid.map((row) => row.code)).toEqual(['ok', 'ok', 'ok'])
    expect(valid.every((row) => row.when.shape === 'listing' || row.when.shape === 'empty-listing')).toBe(true)
  })

  test('tests bodies without case and without memory between answers', () => {
    const patterns = CAUSES.flatMap((row) => (row.when.body === undefined ? [] : [row.when.body]))
    expect(patterns.filter((pattern) => pattern.global || pattern.sticky)).toEqual([])
  })

  test('ends with a row that takes every answer', () => {
    expect(CAUSES.at(-1)?.when).toEqual({})
  })
})

describe('renderTemplate', () => {
  test('refuses a placeholder that does not exist', () => {
    expect(() => renderTemplate('{nothing}', FACTS)).toThrow(RangeError)
    expect(() => renderTemplate('{constructor}', FACTS)).toThrow(RangeError)
  })

  test('does not fill placeholders that stand in a fact', () => {
    expect(renderTemplate('{excerpt}', { ...FACTS, excerpt: '{host} $& $1' })).toBe('{host} $& $1')
  })
})
