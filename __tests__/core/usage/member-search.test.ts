import { describe, expect, test } from '@jest/globals'
import { findMember, MODEL_MEMBER, USAGE_MEMBER } from '../../../src/core/usage/member-search.ts'
import { createRandom } from './seeded-random.ts'

const encode = (text: string): Uint8Array => new TextEncoder().encode(text)

const CASES = [
  { pattern: USAGE_MEMBER, plain: /(?="usage(?:Metadata)?"[ \t\r\n]*:[ \t\r\n]*\{)/g, name: 'usage' },
  { pattern: MODEL_MEMBER, plain: /(?="model(?:Version)?"[ \t\r\n]*:[ \t\r\n]*")/g, name: 'model' },
] as const

const PIECES = [
  '"',
  'usage',
  'Metadata',
  'model',
  'Version',
  ':',
  ' ',
  '\n',
  '{',
  'null',
  'u',
  'usa',
  '"usage"',
  '"model":"',
  'é',
  ',',
]

describe.each(CASES)('findMember, $name', ({ pattern, plain }) => {
  test('finds what a regular expression finds, in every mixture of the pieces', () => {
    const random = createRandom(1234)
    for (let round = 0; round < 5000; round += 1) {
      const text = Array.from({ length: 24 }, () => PIECES[Math.floor(random() * PIECES.length)]).join('')
      // Behind it stands a byte that completes nothing, so that no name counts as cut off.
      const bytes = encode(`${text}~`)
      const found: number[] = []
      for (let at = findMember(bytes, 0, pattern); at !== -1; at = findMember(bytes, at + 1, pattern)) found.push(at)
      const expected = [...text.matchAll(plain)].map((match) => encode(text.slice(0, match.index)).length)
      expect({ text, found }).toEqual({ text, found: expected })
    }
  })
})

describe('findMember', () => {
  test.each(['"usage"', '"usage" ', '"usage":', '"usageMeta', '"usageMetadata" :\n'])(
    'counts %j at the end as found',
    (text) => {
      expect(findMember(encode(`{"a":1,${text}`), 0, USAGE_MEMBER)).toBe(7)
    },
  )

  test.each([
    '"usage":null,',
    '"usage":[]',
    '"usages":{}',
    '"usageMetadat":{}',
    'usage:{}',
    '"Usage":{}',
    '\\"usage\\":{',
  ])('does not find %j', (text) => {
    expect(findMember(encode(`{${text}}~`), 0, USAGE_MEMBER)).toBe(-1)
  })

  test('starts at the place it is told', () => {
    const bytes = encode('"usage":{"usage":{')
    expect(findMember(bytes, 0, USAGE_MEMBER)).toBe(0)
    expect(findMember(bytes, 1, USAGE_MEMBER)).toBe(9)
    expect(findMember(bytes, 10, USAGE_MEMBER)).toBe(-1)
  })
})
