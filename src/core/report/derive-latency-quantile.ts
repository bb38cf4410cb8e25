import { LATENCY_BOUNDS_MS, type ProviderFigures } from '../report.ts'

/**
 * Estimates a quantile of the time to first byte from the histogram, as Prometheus does: linear within the bucket it falls
 * into; in the open last bucket, that bucket's lower bound.
 * @param quantile 0 to 1; 0.5 is the median.
 * @returns milliseconds, or undefined when nothing was measured.
 */
export function deriveLatencyQuantile(figures: Pick<ProviderFigures, 'latency'>, quantile: number): number | undefined {
  const total = figures.latency.reduce((sum, count) => sum + count, 0)
  if (total === 0) return undefined
  const rank = Math.min(1, Math.max(0, quantile)) * total
  let below = 0
  for (const [index, upper] of LATENCY_BOUNDS_MS.entries()) {
    const count = figures.latency[index] ?? 0
    if (count > 0 && below + count >= rank) {
      const lower = LATENCY_BOUNDS_MS[index - 1] ?? 0
      return lower + ((upper - lower) * (rank - below)) / count
    }
    below += count
  }
  return LATENCY_BOUNDS_MS.at(-1)
}
