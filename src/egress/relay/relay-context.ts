import type { Dialer } from './dialer.ts'
import type { TalliedEvent } from './event-tally.ts'
import type { NamePool } from './name-pool.ts'
import type { RelayPolicy } from './relay-policy.ts'

/** What every entrance works with. */
export interface RelayContext {
  readonly policy: RelayPolicy
  readonly names: NamePool
  readonly dialer: Dialer
  readonly limits: RelayLimits
  /** Connections of clients that are open. */
  readonly countClients: () => number
  readonly report: (tallied: TalliedEvent) => void
}

export interface RelayLimits {
  /** Milliseconds that a client may take until its first message is whole. */
  readonly firstBytesMs: number
  /** Milliseconds that a client may stay silent between two HTTP requests. */
  readonly idleRequestMs: number
  /** Connections at once; the next one is closed. Two descriptors belong to each. */
  readonly mostClients: number
}
