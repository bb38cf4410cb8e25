import type { ProviderId } from './providers/provider.ts'

/** Upper bounds in milliseconds of the latency histogram; the last bucket is open. */
export const LATENCY_BOUNDS_MS = [50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 300_000] as const

/** Figures of one provider. Plain data: it crosses process borders and survives a worker's restart. */
export interface ProviderFigures {
  requests: number
  /** Answers with status ≥ 400 from upstream, and upstream failures. */
  errors: number
  refused: number
  replayed: number
  tokensInput: number
  tokensOutput: number
  tokensCached: number
  bytesIn: number
  bytesOut: number
  /** One count per bound of LATENCY_BOUNDS_MS and one more for the open end; time to first byte. */
  latency: number[]
  latencySumMs: number
  statuses: Record<string, number>
  models: Record<string, { requests: number; input: number; output: number }>
}

/** Everything the summary, /metrics and the limits need to know about the run so far. */
export interface TrafficReport {
  providers: Partial<Record<ProviderId, ProviderFigures>>
  refusals: Record<string, number>
  workerRestarts: number
  lostLogLines: number
}
