import { describe, expect, test } from '@jest/globals'
import {
  deriveBackoffMs,
  deriveRefreshWindow,
  UNKNOWN_LIFETIME_MS,
} from '../../../src/core/credentials/refresh-window.ts'

const NOW = 1_790_000_000_000
const DAY = 24 * 3600
const windowOf = (lifetime: number | null, jitter = 0) => {
  const expiresAt = lifetime === null ? null : NOW + lifetime * 1000
  const { softAt, hardAt, expiresAt: end, notBefore } = deriveRefreshWindow({ receivedAt: NOW, expiresAt, jitter })
  return [softAt, hardAt, end, notBefore].map((at) => (at - NOW) / 1000)
}

describe('deriveRefreshWindow()', () => {
  test.each<[number | null, number, number, number, number]>([
    [3600, 3300, 3570, 3600, 360],
    [900, 675, 870, 900, 90],
    [300, 225, 270, 300, 30],
    [60, 30, 54, 60, 6],
    [5, 0, 4.5, 5, 5],
    [0, 0, 0, 0, 5],
    [-100, 0, 0, 0, 5],
    [null, 225, 270, 300, 30],
    [30 * DAY, 30 * DAY - 300, 30 * DAY - 30, 30 * DAY, 3 * DAY],
    [30 * DAY + 1, 225, 270, 300, 30],
    [Number.POSITIVE_INFINITY, 225, 270, 300, 30],
    [Number.NaN, 225, 270, 300, 30],
  ])('a lifetime of %s s: soft %s, hard %s, end %s, not before %s', (lifetime, ...expected) => {
    expect(windowOf(lifetime)).toEqual(expected)
  })

  test.each([3600, 900, 300, 60, 5, 0, -100, null, 31 * DAY])(
    'jitter pulls only the soft point, earlier by at most a tenth (%s s)',
    (lifetime) => {
      const [soft = 0, ...rest] = windowOf(lifetime)
      for (const jitter of [0.1, 0.5, 1]) {
        const [pulled = 0, ...others] = windowOf(lifetime, jitter)
        expect(pulled).toBeLessThanOrEqual(soft)
        expect(pulled).toBeGreaterThanOrEqual(soft * 0.9)
        expect(others).toEqual(rest)
      }
    },
  )

  test('an unknown lifetime is the documented one', () => {
    expect(windowOf(null)[2]).toBe(UNKNOWN_LIFETIME_MS / 1000)
  })
})

describe('deriveBackoffMs()', () => {
  test.each([
    [1, 1000],
    [2, 2000],
    [3, 5000],
    [4, 15_000],
    [5, 30_000],
    [6, 60_000],
    [1000, 60_000],
    [0, 1000],
  ])('after %s failures: between a fifth and the whole of %s ms', (failures, most) => {
    expect([deriveBackoffMs(failures, 0), deriveBackoffMs(failures, 1)]).toEqual([most / 5, most])
  })
})
