/** Collects times in microseconds without allocating while the measurement runs. */
export interface Latencies {
  readonly add: (microseconds: number) => void
  readonly quantiles: () => { readonly p50: number; readonly p99: number }
}

export function createLatencies(capacity = 1_000_000): Latencies {
  const values = new Float64Array(capacity)
  let count = 0
  return {
    add: (microseconds) => {
      if (count < capacity) values[count++] = microseconds
    },
    quantiles: () => {
      const sorted = values.subarray(0, count).sort()
      const at = (share: number): number => sorted[Math.min(count - 1, Math.floor(count * share))] ?? Number.NaN
      return { p50: at(0.5), p99: at(0.99) }
    },
  }
}
