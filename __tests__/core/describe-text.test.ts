import { describe, expect, it } from '@jest/globals'
import { describeText } from '../../src/core/describe-text.ts'

describe('describeText()', () => {
  it.each([
    ['acme.ghe.com', "'acme.ghe.com'"],
    ['https://copilot-api.contoso-aw.ghe.com/x', "'https://copilot-api.contoso-aw.ghe.com/x'"],
    ['strcit', "'strcit'"],
    ['', 'an empty text'],
    ['x', "'x'"],
    ['https://asia-east1.example', "'https://asia-east1.example'"],
  ])('shows %j, which can be no secret', (text, phrase) => {
    expect(describeText(text)).toBe(phrase)
  })

  it.each([
    ['a short key', 'sk-12'],
    ['a GitHub token', 'ghs_12345'],
    ['a fine-grained token', 'github_pat_1'],
    ['a Google key', 'AIza123'],
    ['a temporary key id of AWS', 'ASIA12'],
    ['a key id of AWS', 'AKIA12'],
    ['a refresh token of Slack', 'xoxe-1'],
    ['a JWT', 'eyJhbGci.x.y'],
    ['a scheme with a value', 'Bearer abc'],
    ['a token-like run', '4mXw2LpT9vKd6sNhY3bF'],
    ['a token-like run in a path', 'https://acme.example/4mXw2LpT9vKd6sNhY3bF'],
    ['hexadecimal', '0123456789abcdef0123'],
    ['user info', 'https://me:pw@acme.example'],
    ['a query', 'https://acme.example?key=1'],
    ['a fragment', 'https://acme.example#key'],
    ['a long text', 'word '.repeat(17)],
  ])('describes %s by its shape only', (_title, text) => {
    expect(describeText(text)).toBe(`a text of ${text.length} characters`)
  })

  it('names the first character that could break out of a line', () => {
    expect(describeText('ab\ncd')).toBe('a text of 5 characters with a line break at position 3')
    expect(describeText('\u202e')).toBe('a text of 1 character with a character outside ASCII (U+202E) at position 1')
  })

  it('stays quick on a long text without a digit', () => {
    expect(describeText('a'.repeat(1_000_000))).toBe('a text of 1000000 characters')
  })
})
