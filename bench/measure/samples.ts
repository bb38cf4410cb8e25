/** What one contender showed in one row of one round. Only what the row measures is set. */
export interface Sample {
  /** Requests, messages per second, or payload MB (10^6 bytes) per second. */
  readonly rate?: number
  /** Microseconds. */
  readonly p50?: number
  readonly p99?: number
  /** Microseconds of processor per request or message; seconds per GB for payload. */
  readonly cpu?: number
  /** MiB: highest resident memory of all its processes together while the row ran. */
  readonly peak?: number
  /** KiB per idle stream. */
  readonly perStream?: number
  /** Milliseconds. */
  readonly ms?: number
  /** MiB. */
  readonly rss?: number
  /** Share of the machine's processor time that went to other work meanwhile. */
  readonly foreign?: number
  /** MiB: RSS with pages that its processes share counted once. */
  readonly resident?: number
}

export type Metric = keyof Sample

/** Row id → rounds → contender name → sample. A contender that failed is missing in that round. */
export type Results = Map<string, Map<string, Sample>[]>

/** Median over the rounds; undefined when there is no value at all. */
export function deriveMedian(values: readonly (number | undefined)[]): number | undefined {
  const sorted = values
    .filter((value) => value !== undefined && Number.isFinite(value))
    .sort((a, b) => Number(a) - Number(b))
  const middle = sorted.length >> 1
  const upper = sorted[middle]
  const lower = sorted[middle - 1]
  if (upper === undefined || sorted.length % 2 === 1 || lower === undefined) return upper
  return (upper + lower) / 2
}

/** Median over the rounds of one metric of one contender. */
export function deriveMetric(results: Results, row: string, contender: string, metric: Metric): number | undefined {
  return deriveMedian((results.get(row) ?? []).map((round) => round.get(contender)?.[metric]))
}

/**
 * Median over the rounds of a value formed inside each round, so that a machine that is slow for a while is slow for both
 * sides.
 */
export function derivePaired(
  results: Results,
  row: string,
  form: (round: ReadonlyMap<string, Sample>) => number | undefined,
): number | undefined {
  return deriveMedian((results.get(row) ?? []).map(form))
}
