import { describe, expect, test } from '@jest/globals'
import { lowerName, readHeaderName } from '../../src/core/header-name.ts'

describe('readHeaderName()', () => {
  test('keeps a name as it was written and knows its lower case, also the second time', () => {
    for (let round = 0; round < 2; round += 1) {
      expect(readHeaderName('X-Odd-CASE')).toEqual({ text: 'X-Odd-CASE', lower: 'x-odd-case' })
    }
  })

  test.each(['', ' x', 'x ', 'x y', 'x:', 'x\r', 'x\0', 'é', 'x\t', '(x)', 'x,y', 'x"'])('is no name: %j', (text) =>
    expect(readHeaderName(text)).toBeUndefined(),
  )

  test('reads names that strangers make up as well, however many and however long', () => {
    for (let count = 0; count < 3000; count += 1) expect(readHeaderName(`X-${count}`)?.lower).toBe(`x-${count}`)
    expect(readHeaderName('Y'.repeat(5000))?.lower).toBe('y'.repeat(5000))
    expect(readHeaderName('Content-Type')?.lower).toBe('content-type')
  })
})

describe('lowerName()', () => {
  test.each([
    ['Authorization', 'authorization'],
    ['not a NAME', 'not a name'],
  ])('of %j', (text, lower) => expect(lowerName(text)).toBe(lower))
})
