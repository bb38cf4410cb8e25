import { describe, expect, test } from '@jest/globals'
import { parse } from 'smol-toml'
import { mergeCodexConfig, undoCodexConfig } from '../../../src/core/cli-files/codex-config.ts'

const URL = 'http://127.0.0.1:10000/v1'
const KEY = `openai_base_url = "${URL}"`
const LINE = `${KEY} # by setup-agent-proxy, for one job`

function merged(text: string | undefined): string {
  const result = mergeCodexConfig(text, URL)
  if (result.kind !== 'merged') throw new Error(`not merged: ${result.kind}`)
  return result.text
}

describe('mergeCodexConfig()', () => {
  test.each([
    ['no file', undefined, `${LINE}\n`],
    ['an empty file', '', `${LINE}\n`],
    ['a file that starts with a table', '[features]\nplugins = false\n', `${LINE}\n[features]\nplugins = false\n`],
    ['top-level keys and comments', '# mine\nmodel = "o3" # why\n', `${LINE}\n# mine\nmodel = "o3" # why\n`],
    ['Windows line ends', 'model = "o3"\r\n[a]\r\n', `${LINE}\r\nmodel = "o3"\r\n[a]\r\n`],
    ['a byte order mark', '\uFEFFmodel = "o3"\n', `\uFEFF${LINE}\nmodel = "o3"\n`],
    ['no line end at the end', 'model = "o3"', `${LINE}\nmodel = "o3"`],
    ['a key of the same name in a table', '[x]\nopenai_base_url = "a"\n', `${LINE}\n[x]\nopenai_base_url = "a"\n`],
    ['another address, with a comment', 'a = 1\nopenai_base_url = "x" # old\n[t]\n', `a = 1\n${KEY} # old\n[t]\n`],
    ['another address in single quotes', "openai_base_url='x'\n", `openai_base_url="${URL}"\n`],
    ['a quoted key', '"openai_base_url" = "x"\n', `"openai_base_url" = "${URL}"\n`],
    [
      'a look-alike in a multi-line string before it',
      'note = """\nopenai_base_url = "no"\n[table]\n"""\nopenai_base_url = "x"\n',
      `note = """\nopenai_base_url = "no"\n[table]\n"""\n${KEY}\n`,
    ],
  ])('%s: the key is at the top level and nothing else changes', (_name, text, expected) => {
    expect(merged(text)).toBe(expected)
    expect(parse(expected.replace('\uFEFF', ''))).toMatchObject({ openai_base_url: URL })
  })

  test('a file that has the address already is left alone', () => {
    expect(mergeCodexConfig(`${KEY}\n`, URL)).toEqual({ kind: 'unchanged', notices: [] })
  })

  test.each([
    ['with the same address', LINE, 'model = "o3"\n'],
    ['with another address', LINE.replace('10000', '10009'), 'model = "o3"\n'],
    ['alone in the file', LINE, ''],
  ])('a line that a lost run has left, %s, is not taken for the user’s', (_name, left, rest) => {
    const result = mergeCodexConfig(`${left}\n${rest}`, URL)
    expect(result).toEqual({ kind: 'merged', text: `${LINE}\n${rest}`, original: rest || undefined, notices: [] })
  })

  test.each([
    ['no TOML', 'model = '],
    ['a key given twice', 'openai_base_url = "a"\nopenai_base_url = "b"\n'],
    ['a value on several lines', 'openai_base_url = """\na"""\n'],
    ['a table in its place', '[openai_base_url]\na = 1\n'],
  ])('%s is a fault', (_name, text) => {
    expect(mergeCodexConfig(text, URL)).toMatchObject({ kind: 'fault' })
  })

  test.each([
    ['at the top level', 'model_provider = "azure"\n'],
    ['in the chosen profile', 'profile = "p"\n[profiles.p]\nmodel_provider = "azure"\n'],
  ])('a model_provider %s is said to defeat the key', (_name, text) => {
    expect(mergeCodexConfig(text, URL)).toMatchObject({ notices: [expect.stringContaining('model_provider')] })
  })

  test('the built-in provider by name is fine', () => {
    expect(mergeCodexConfig('model_provider = "openai"\n', URL)).toMatchObject({ kind: 'merged', notices: [] })
  })
})

describe('undoCodexConfig()', () => {
  test.each([
    ['an added table', undefined, (text: string) => `${text}[projects.a]\nt = 1\n`, '[projects.a]\nt = 1\n'],
    ['a rewrite without comments', '# c\nmodel = "a"\n', () => `model = "a"\n${LINE}\n`, 'model = "a"\n'],
    ['Windows line ends', 'a = 1\r\n', (text: string) => `${text}b = 2\r\n`, 'a = 1\r\nb = 2\r\n'],
    [
      'a replaced address',
      'openai_base_url = "x"\n',
      (text: string) => `${text}b = 2\n`,
      'openai_base_url = "x"\nb = 2\n',
    ],
  ])('%s: only our key is taken back', (_name, original, change, expected) => {
    expect(undoCodexConfig(change(merged(original)), URL, original)).toEqual({ kind: 'undone', text: expected })
  })

  test('a key that someone else has set since is not ours', () => {
    expect(undoCodexConfig('openai_base_url = "y"\n', URL, undefined)).toEqual({ kind: 'not-ours' })
  })

  test('a file that is no TOML any more is a fault', () => {
    expect(undoCodexConfig('x', URL, undefined)).toMatchObject({ kind: 'fault' })
  })
})
