import type { ProviderId } from '../core/providers/provider.ts'
import type { TrafficReport } from '../core/report.ts'
import type { LaunchMessage, ProviderCheck } from '../core/sidecar-config.ts'

/**
 * Room: sidecar. A supervisor holds the secrets and the listening sockets; a worker does the work and may die. They speak over
 * Node's IPC channel in these messages only. Nothing of it is ever on disk.
 */
export type ListenerName = ProviderId | 'management'

export interface BoundPorts {
  readonly management: number
  readonly providers: Readonly<Partial<Record<ProviderId, number>>>
}

/** What a worker's death must not lose. */
export interface Figures {
  readonly report: TrafficReport
  /** Against `max-requests` and `max-tokens`. */
  readonly used: { readonly requests: number; readonly tokens: number }
}

export type ToWorker =
  | {
      readonly kind: 'boot'
      readonly launch: LaunchMessage
      /** The outcome of validation, when an earlier worker already did it. */
      readonly checks: readonly ProviderCheck[] | null
      readonly figures: Figures | null
      /** How many workers of this run have died before. */
      readonly restarts: number
    }
  | { readonly kind: 'bound'; readonly ports: BoundPorts }
  /** Comes with the socket as its handle, or without one when the client has already gone. Answered by `taken`. */
  | { readonly kind: 'connection'; readonly listener: ListenerName; readonly id: number }
  | { readonly kind: 'drain' }

export type FromWorker =
  | { readonly kind: 'validated'; readonly checks: readonly ProviderCheck[] }
  | { readonly kind: 'failed'; readonly reason: string }
  /** Credentials are there, checks are done: sockets may come. */
  | { readonly kind: 'serving' }
  /** Sent before the first byte of that connection is read: from here on it lives and dies with this worker. */
  | { readonly kind: 'taken'; readonly id: number }
  | { readonly kind: 'figures'; readonly figures: Figures }
  /** After a re-discovery: what the next worker has to start from. */
  | { readonly kind: 'checks'; readonly checks: readonly ProviderCheck[] }
  /** An authenticated stop was asked for: close the listeners, nothing new is accepted. */
  | { readonly kind: 'stopping' }
  | { readonly kind: 'stopped' }
