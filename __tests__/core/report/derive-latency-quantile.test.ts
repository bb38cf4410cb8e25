import { describe, expect, test } from '@jest/globals'
import { deriveLatencyQuantile } from '../../../src/core/report/derive-latency-quantile.ts'
import { LATENCY_BOUNDS_MS } from '../../../src/core/report.ts'

function histogram(counts: Readonly<Record<number, number>>): { latency: number[] } {
  return { latency: Array.from({ length: LATENCY_BOUNDS_MS.length + 1 }, (_, index) => counts[index] ?? 0) }
}

describe('deriveLatencyQuantile', () => {
  test('has no answer without measurements', () => {
    expect(deriveLatencyQuantile(histogram({}), 0.5)).toBeUndefined()
  })

  // Buckets 0–50, 50–100, 100–250 ms …
  test.each([
    [{ 0: 4 }, 0.5, 25],
    [{ 0: 4 }, 1, 50],
    [{ 1: 10 }, 0.5, 75],
    [{ 0: 1, 2: 1 }, 0.5, 50],
    [{ 0: 1, 2: 1 }, 0.75, 175],
    [{ 2: 10 }, 0, 100],
    [{ 11: 3 }, 0.5, 300_000],
    [{ 0: 99, 11: 1 }, 1, 300_000],
  ])('of %j at %d is %d ms', (counts, quantile, ms) => {
    expect(deriveLatencyQuantile(histogram(counts), quantile)).toBe(ms)
  })

  test('rises with the quantile', () => {
    const figures = histogram({ 0: 3, 3: 9, 4: 1, 8: 2, 11: 1 })
    const values = Array.from({ length: 101 }, (_, percent) => deriveLatencyQuantile(figures, percent / 100) ?? -1)
    expect(values).toEqual(values.toSorted((left, right) => left - right))
    expect(values[0]).toBeGreaterThanOrEqual(0)
  })
})
