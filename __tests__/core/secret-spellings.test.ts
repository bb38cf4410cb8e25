import { describe, expect, test } from '@jest/globals'
import { deriveByteSpellings, deriveTextSpellings } from '../../src/core/secret-spellings.ts'

const SECRET = `k&y<"1'+2/3=4>`

describe('deriveTextSpellings()', () => {
  test.each([
    ['plain', SECRET],
    ['JSON', String.raw`k&y<\"1'+2/3=4>`],
    ['JSON in JSON', String.raw`k&y<\\\"1'+2/3=4>`],
    ['JSON of PHP', String.raw`k&y<\"1'+2\/3=4>`],
    ['JSON of Go', String.raw`k\u0026y\u003c\"1'+2/3=4\u003e`],
    ['JSON of .NET', String.raw`k\u0026y\u003C\u00221\u0027\u002B2/3=4\u003E`],
    ['JSON with every mark escaped', String.raw`k\u0026y\u003c\u00221\u0027\u002b2\u002f3=4\u003e`],
    ['a URL component', "k%26y%3C%221'%2B2%2F3%3D4%3E"],
    ['a URL component, lower case', "k%26y%3c%221'%2b2%2f3%3d4%3e"],
    ['a URL path', "k%26y%3C%221'%2B2/3%3D4%3E"],
    ['a whole URL', "k&y%3C%221'+2/3=4%3E"],
    ['a URL in a URL', "k%2526y%253C%25221'%252B2%252F3%253D4%253E"],
    ['a form', 'k%26y%3C%221%27%2B2%2F3%3D4%3E'],
    ['HTML', 'k&amp;y&lt;&quot;1&#39;+2/3=4&gt;'],
    ['HTML of Go', 'k&amp;y&lt;&#34;1&#39;&#43;2/3=4&gt;'],
    ['HTML of Python', 'k&amp;y&lt;&quot;1&#x27;+2/3=4&gt;'],
    ['HTML of Mustache', 'k&amp;y&lt;&quot;1&#39;+2&#x2F;3&#x3D;4&gt;'],
  ])('has %s', (_name, spelled) => {
    expect(deriveTextSpellings(SECRET)).toContain(spelled)
  })

  test.each([
    ['every character as JSON may write it', String.raw`\u0061\u002f`],
    ['and in upper case', String.raw`\u0061\u002F`],
    ['every byte as a URL may write it', '%61%2F'],
    ['and in lower case', '%61%2f'],
  ])('has %s', (_name, spelled) => {
    expect(deriveTextSpellings('a/')).toContain(spelled)
  })

  test('begins with the text itself and lists nothing twice', () => {
    const spellings = deriveTextSpellings('plain_token-0123456789')
    expect(spellings[0]).toBe('plain_token-0123456789')
    expect(new Set(spellings).size).toBe(spellings.length)
    // A token of letters and digits: plain, and every character escaped in four ways.
    expect(spellings).toHaveLength(5)
  })
})

describe('deriveByteSpellings()', () => {
  test('has what stays of the text in base64 and base64url, whatever stands around it', () => {
    for (const encoding of ['base64', 'base64url'] as const) {
      for (const prefix of ['', 'u', 'u:', 'us:', 'user:']) {
        const encoded = Buffer.from(`${prefix}${SECRET}?>~`).toString(encoding)
        expect(deriveByteSpellings(SECRET).some((each) => encoded.includes(each))).toBe(true)
      }
    }
  })

  test('has hex in both cases', () => {
    const hex = Buffer.from(SECRET).toString('hex')
    expect(deriveByteSpellings(SECRET)).toEqual(expect.arrayContaining([hex, hex.toUpperCase()]))
  })
})
