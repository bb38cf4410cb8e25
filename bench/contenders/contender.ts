import type { Target } from '../load/connect.ts'

/** One of those who are measured side by side. */
export interface Contender {
  readonly name: string
  /** Where a client goes to reach the upstream's plain port through it. */
  readonly plain: Target
  /** The same for the upstream's TLS port. */
  readonly tls: Target
  /** A port for TLS of which nothing is asked; only in the egress rows. */
  readonly silent?: Target
  /** Its processes; empty for `direct`. */
  readonly pids: () => readonly number[]
  readonly stop: () => Promise<void>
}

export interface UpstreamPlace {
  readonly plain: number
  readonly tls: number
  /** PEM file of the root to trust. */
  readonly authorityFile: string
  readonly pid: number
}

/** What a client presents to peers, which replace it without looking. */
export const ANY_CREDENTIAL = 'Bearer any'
