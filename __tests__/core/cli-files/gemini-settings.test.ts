import { describe, expect, test } from '@jest/globals'
import { mergeGeminiSettings, undoGeminiSettings } from '../../../src/core/cli-files/gemini-settings.ts'
import { parseCommentedJson } from '../../../src/core/cli-files/json-text.ts'

const KEY = '"selectedType": "gemini-api-key"'

function merged(text: string | undefined): string {
  const result = mergeGeminiSettings(text)
  if (result.kind !== 'merged') throw new Error(`not merged: ${result.kind}`)
  return result.text
}

describe('mergeGeminiSettings()', () => {
  test.each([
    ['no file', undefined],
    ['an empty file', ' \n'],
    ['an empty object', '{}'],
    ['an empty object with a comment', '{ // nothing yet\n}'],
    ['other settings', '{\n  "ui": {"theme": "x"}\n}\n'],
    ['other settings on one line', '{"a":[1,{"b":"}"}],"c":"\\"{"}'],
    ['comments around the first key', '{ /* { */\n  // "security": 1\n  "a": 1\n}'],
    ['an empty security', '{"security": {}}'],
    ['security with other keys', '{"security":{"folderTrust":{"enabled":true}},"z":null}'],
    ['an auth with other keys', '{"security":{"auth":{"useExternal":false}}}'],
    ['another type', '{"security":{"auth":{"selectedType":"oauth-personal"}}}'],
    ['a doubled key, of which the last counts', '{"security":{"auth":{}},"security":{"auth":{"selectedType":"x"}}}'],
    ['Windows line ends and tabs', '{\r\n\t"a": 1\r\n}\r\n'],
  ])('%s: the type is set and every other setting stays', (_name, text) => {
    const before = (text === undefined ? {} : (parseCommentedJson(text) ?? {})) as { security?: { auth?: object } }
    const after = parseCommentedJson(merged(text))
    const auth = { ...before.security?.auth, selectedType: 'gemini-api-key' }
    expect(after).toEqual({ ...before, security: { ...before.security, auth } })
  })

  test('everything outside of the inserted text is kept byte for byte', () => {
    const text = '{\n  // theme\n  "ui": { "theme": "x" } /* end */\n}\n'
    const result = merged(text)
    const inserted = '\n  "security": {"auth":{"selectedType":"gemini-api-key"}},'
    expect(result.replace(inserted, '')).toBe(text)
  })

  test('a type that is replaced is said', () => {
    const result = mergeGeminiSettings('{"security":{"auth":{"selectedType":"vertex-ai"}}}')
    expect(result).toMatchObject({ notices: [expect.stringContaining('selectedType')] })
  })

  test('a file that is right already is left alone', () => {
    expect(mergeGeminiSettings(`{"security":{"auth":{${KEY}}}}`)).toEqual({ kind: 'unchanged', notices: [] })
  })

  test.each([
    ['no JSON', '{"a": }'],
    ['a trailing comma, which the CLI refuses too', '{"a": 1,}'],
    ['an array', '[]'],
    ['security that is no object', '{"security": true}'],
    ['auth that is null', '{"security": {"auth": null}}'],
  ])('%s is a fault', (_name, text) => {
    expect(mergeGeminiSettings(text)).toMatchObject({ kind: 'fault' })
  })
})

describe('undoGeminiSettings()', () => {
  test.each([
    ['no file before', undefined, {}],
    ['other settings', '{"ui":{"theme":"x"}}', { ui: { theme: 'x' } }],
    ['an empty security of the user’s', '{"security":{}}', { security: {} }],
    [
      'other keys beside ours',
      '{"security":{"auth":{"useExternal":false}}}',
      { security: { auth: { useExternal: false } } },
    ],
    ['another type', '{"security":{"auth":{"selectedType":"x"}}}', { security: { auth: { selectedType: 'x' } } }],
  ])('%s: our key goes, what was added since stays', (_name, original, expected) => {
    const now = merged(original).replace(/\}(\s*)$/, ', "new": {"a": [1, "}"]} }$1')
    const result = undoGeminiSettings(now, original)
    expect(result.kind).toBe('undone')
    expect(result.kind === 'undone' && parseCommentedJson(result.text)).toEqual({ ...expected, new: { a: [1, '}'] } })
  })

  test('a comma in a comment is not taken for the separator', () => {
    const now = `{"security": {"a": 1 /* , */ , "auth": {${KEY}}}}`
    const result = undoGeminiSettings(now, '{"security": {"a": 1}}')
    expect(result.kind === 'undone' && parseCommentedJson(result.text)).toEqual({ security: { a: 1 } })
  })

  test('a type that someone else has chosen since is not ours', () => {
    expect(undoGeminiSettings('{"security":{"auth":{"selectedType":"x"}}}', undefined)).toEqual({ kind: 'not-ours' })
  })

  test('a file that is no JSON any more is a fault', () => {
    expect(undoGeminiSettings('{', undefined)).toMatchObject({ kind: 'fault' })
  })
})
