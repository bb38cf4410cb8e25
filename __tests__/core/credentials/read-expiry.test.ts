import { describe, expect, test } from '@jest/globals'
import {
  deriveClockSkew,
  deriveExpiry,
  type ExpiryClaims,
  LONGEST_BELIEVED_MS,
  parseInstant,
  parseJwtExpiry,
} from '../../../src/core/credentials/read-expiry.ts'
import { NOW } from './sources.ts'

const AT = { receivedAt: NOW, skewMs: 0 }
const HOUR = 3_600_000
const SECONDS = NOW / 1000

describe('parseInstant', () => {
  test.each<[unknown, number | undefined]>([
    [SECONDS, NOW],
    [NOW, NOW],
    [String(SECONDS), NOW],
    [String(NOW), NOW],
    [SECONDS + 0.5, NOW + 500],
    ['2026-11-01T12:00:00Z', NOW],
    ['2026-11-01T12:00:00.000000000Z', NOW],
    ['2026-11-01T13:00:00+01:00', NOW],
    ['2026-11-01T13:00:00+0100', NOW],
    ['2026-11-01 12:00:00+00:00', NOW],
    ['2026-11-01 12:00:00 Z', NOW],
    // 1e11 itself is still read as seconds; everything above as milliseconds.
    [1e11, 1e14],
    [1e11 + 1, 1e11 + 1],
    [0, 0],
    [-5, -5000],
    // Without a zone it is local time of nobody knows where.
    ['2026-11-01 12:00:00.000000', undefined],
    ['2026-11-01T12:00:00', undefined],
    ['2026-11-01', undefined],
    ['2026-13-45T99:00:00Z', undefined],
    ['soon', undefined],
    ['', undefined],
    ['0x10', undefined],
    ['1e3', undefined],
    [' 5', undefined],
    [Number.NaN, undefined],
    [Number.POSITIVE_INFINITY, undefined],
    [true, undefined],
    [null, undefined],
    [undefined, undefined],
    [[SECONDS], undefined],
    [{ valueOf: () => SECONDS }, undefined],
  ])('reads %j as %j', (value, expected) => {
    expect(parseInstant(value)).toBe(expected)
  })
})

describe('deriveExpiry', () => {
  test.each<[string, ExpiryClaims, number | null | 'expired']>([
    ['a lifetime in seconds', { lifetime: 3600, instants: [] }, NOW + HOUR],
    ['a lifetime as text', { lifetime: '3599', instants: [] }, NOW + 3_599_000],
    ['300 seconds', { lifetime: 300, instants: [] }, NOW + 300_000],
    ['60 seconds', { lifetime: 60, instants: [] }, NOW + 60_000],
    ['0 seconds', { lifetime: 0, instants: [] }, 'expired'],
    ['a negative lifetime', { lifetime: -1, instants: [] }, 'expired'],
    ['nothing', { instants: [] }, null],
    ['null', { lifetime: null, instants: [null] }, null],
    ['a lifetime of another type', { lifetime: { s: 1 }, instants: [] }, null],
    ['seconds since the epoch', { instants: [SECONDS + 900] }, NOW + 900_000],
    ['milliseconds since the epoch', { instants: [NOW + 900_000] }, NOW + 900_000],
    ['seconds read as milliseconds, which would be 1970, as seconds', { instants: [1_793_538_000] }, 1_793_538_000_000],
    ['the lifetime before the instant', { lifetime: 60, instants: [SECONDS + 900] }, NOW + 60_000],
    ['the first readable instant', { instants: ['local', undefined, SECONDS + 9] }, NOW + 9000],
    ['a past instant', { instants: [SECONDS - 1] }, 'expired'],
    ['now', { instants: [SECONDS] }, 'expired'],
    ['the zero time of Go', { instants: ['0001-01-01T00:00:00Z'] }, 'expired'],
    ['30 days', { lifetime: LONGEST_BELIEVED_MS / 1000, instants: [] }, NOW + LONGEST_BELIEVED_MS],
    ['more than 30 days', { lifetime: LONGEST_BELIEVED_MS / 1000 + 1, instants: [] }, null],
    ['a lifetime in milliseconds', { lifetime: 3_600_000, instants: [] }, null],
    ['microseconds since the epoch', { instants: [NOW * 1000] }, null],
    ['a relative number where an instant belongs', { instants: [3600] }, 'expired'],
  ])('%s', (_name, claims, expected) => {
    expect(deriveExpiry(claims, AT)).toBe(expected)
  })

  test('takes the skew of the issuer’s clock out of instants, never out of lifetimes', () => {
    const ahead = { receivedAt: NOW, skewMs: 10 * 60_000 }
    expect(deriveExpiry({ instants: [NOW + HOUR] }, ahead)).toBe(NOW + HOUR - 600_000)
    expect(deriveExpiry({ instants: [], lifetime: 3600 }, ahead)).toBe(NOW + HOUR)
    const behind = { receivedAt: NOW, skewMs: -2 * HOUR }
    expect(deriveExpiry({ instants: [NOW - HOUR] }, behind)).toBe(NOW + HOUR)
  })

  test('falls back on the expiry inside a JWT', () => {
    const token = `e30.${Buffer.from(JSON.stringify({ exp: SECONDS + 300 })).toString('base64url')}.sig`
    expect(deriveExpiry({ instants: [], token }, AT)).toBe(NOW + 300_000)
    expect(deriveExpiry({ instants: [], lifetime: 60, token }, AT)).toBe(NOW + 60_000)
    expect(deriveExpiry({ instants: [], token: 'opaque' }, AT)).toBeNull()
  })
})

describe('parseJwtExpiry', () => {
  const jwt = (payload: string): string => `e30.${Buffer.from(payload).toString('base64url')}.`

  test.each<[string, string, number | undefined]>([
    ['seconds', jwt('{"exp":1793534700}'), 1_793_534_700_000],
    ['no exp', jwt('{"iat":1}'), undefined],
    ['a text', jwt('{"exp":"1793534700"}'), undefined],
    ['an inherited member', jwt('{"__proto__":{"exp":5}}'), undefined],
    ['no JSON', jwt('exp'), undefined],
    ['a payload that is no base64', 'a.!!!.c', undefined],
    ['a payload of a length that base64 cannot have', 'a.AAAAA.c', undefined],
    ['four parts', 'a.e30.c.d', undefined],
    ['a huge text', `a.${'A'.repeat(70_000)}.c`, undefined],
    ['an opaque token', 'sk-ant-oat01-abc', undefined],
  ])('%s', (_name, token, expected) => {
    expect(parseJwtExpiry(token)).toBe(expected)
  })
})

describe('deriveClockSkew', () => {
  test.each<[string | undefined, number]>([
    ['Sun, 01 Nov 2026 12:05:00 GMT', 300_000],
    ['Sun, 01 Nov 2026 11:00:00 GMT', -HOUR],
    ['Sun, 01 Nov 2026 12:00:30 GMT', 0],
    ['Sun, 01 Nov 2026 11:59:30 GMT', 0],
    ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
    ['Fri, 01 Jan 2100 00:00:00 GMT', 0],
    ['yesterday', 0],
    ['', 0],
    [undefined, 0],
    ['1'.repeat(100), 0],
  ])('of %j is %d', (date, expected) => {
    expect(deriveClockSkew(date, NOW)).toBe(expected)
  })
})
