import { describe, expect, test } from '@jest/globals'
import { deriveMaskForms } from '../../src/core/mask-forms.ts'

const SECRET = 'p@ss"wörd/+=\\ of some length'

describe('deriveMaskForms()', () => {
  test('the value itself comes first and nothing is listed twice', () => {
    const forms = deriveMaskForms(SECRET)
    expect(forms[0]).toBe(SECRET)
    expect(new Set(forms).size).toBe(forms.length)
  })

  test.each([
    ['URL', encodeURIComponent(SECRET)],
    ['a JSON text', JSON.stringify({ a: SECRET })],
    ['a form', `x=${encodeURIComponent(SECRET)}&y`],
    ...['', 'u', 'us', 'usr', 'user:'].map((prefix): [string, string] => [
      `base64 behind '${prefix}'`,
      Buffer.from(`${prefix}${SECRET} and more`).toString('base64'),
    ]),
    ...['', 'u', 'us'].map((prefix): [string, string] => [
      `base64url behind '${prefix}'`,
      Buffer.from(`${prefix}${SECRET}`).toString('base64url'),
    ]),
  ])('a form of it is found in its %s', (_name, text) => {
    expect(deriveMaskForms(SECRET).some((form) => text.includes(form))).toBe(true)
  })

  test('every line of a value of several lines is a mask of its own', () => {
    expect(deriveMaskForms('first line\r\nsecond line\n')).toEqual(
      expect.arrayContaining(['first line', 'second line']),
    )
  })

  test('fragments that are ordinary words are left out, a short secret is not', () => {
    expect(deriveMaskForms('ab\ncd')).not.toContain('ab')
    expect(deriveMaskForms('xyz')).toContain('xyz')
  })
})
