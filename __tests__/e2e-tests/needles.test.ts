import { describe, expect, test } from '@jest/globals'
import { deriveNeedles } from '../e2e/needles.ts'

const SECRET = 'sk-proj-aB3+xyz/0123456789'

describe('deriveNeedles()', () => {
  test.each([0, 1, 2, 3, 4, 5])('finds the secret in base64 after %i other bytes, whatever follows', (before) => {
    const text = Buffer.from(`${'?'.repeat(before)}${SECRET}\n and more`).toString('base64')
    const hits = deriveNeedles('key', SECRET).filter(({ value }) => text.includes(value))
    expect(hits.map(({ name }) => name)).toEqual([`key (base64+${before % 3})`])
  })

  test.each([
    ['as it is', `x=${SECRET};`, 'key (plain)'],
    ['in a URL', `?token=${encodeURIComponent(SECRET)}`, 'key (url)'],
    ['in hex', Buffer.from(SECRET).toString('hex'), 'key (hex)'],
  ])('finds the secret %s', (_where, text, name) => {
    const hits = deriveNeedles('key', SECRET).filter(({ value }) => text.includes(value))
    expect(hits.map((hit) => hit.name)).toEqual([name])
  })

  test('finds nothing in a text without it', () => {
    const text = `${SECRET.slice(0, -1)} ${Buffer.from(SECRET.slice(1, -1)).toString('base64')}`
    expect(deriveNeedles('key', SECRET).filter(({ value }) => text.includes(value))).toEqual([])
  })
})
