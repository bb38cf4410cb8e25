import type { ProviderId } from '../core/providers/provider.ts'
import type { EgressDigest } from '../core/report/egress-digest.ts'
import type { TrafficReport } from '../core/report.ts'
import type { LaunchMessage, ProviderCheck, SecretName } from '../core/sidecar-config.ts'

/**
 * Room: sidecar. A supervisor holds the secrets and the listening sockets; a worker does the work and may die. They speak over
 * Node's IPC channel in these messages only. Nothing of it is ever on disk.
 */
export type ListenerName = ProviderId | 'management'

export interface BoundPorts {
  readonly management: number
  readonly providers: Readonly<Partial<Record<ProviderId, number>>>
}

/** What a stop may ask for at most; the supervisor waits that long for the worker, and not much longer. */
export const LONGEST_DRAIN_MS = 30_000

/** What a worker's death must not lose. */
export interface Figures {
  readonly report: TrafficReport
  /** Against `max-requests` and `max-tokens`. */
  readonly used: { readonly requests: number; readonly tokens: number }
}

/** What the worker may ask of the credential process: by provider, never by command line or path. */
export interface SourceRequest {
  readonly provider: ProviderId
  readonly reason: 'initial' | 'scheduled' | 'unauthorized'
}

/** What came of it. `stderr` is its last 8 KiB, without what the command was given; the worker redacts what it knows besides. */
export type SourceResult =
  | { readonly kind: 'output'; readonly text: string }
  | { readonly kind: 'exit'; readonly code: number | null; readonly signal: string | null; readonly stderr: string }
  | { readonly kind: 'timeout'; readonly timeoutMs: number; readonly stderr: string }
  | { readonly kind: 'too-much-output' }
  | { readonly kind: 'not-utf8' }
  /** The program or the file could not be opened, or the credential process itself is gone; `code` as ENOENT. */
  | { readonly kind: 'not-started'; readonly code: string }

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
  /** Answered by `present`. Messages keep their order, so every connection up to this one has then come, or never will. */
  | { readonly kind: 'roll-call'; readonly upTo: number }
  | { readonly kind: 'drain' }
  | { readonly kind: 'source-result'; readonly id: number; readonly result: SourceResult }
  /** A credential file is not what it was: read it again before the next request. */
  | { readonly kind: 'source-changed'; readonly provider: ProviderId }
  /** Answer to `firewall-wanted`; null when the log cannot be read. */
  | { readonly kind: 'firewall-digest'; readonly digest: EgressDigest | null }

export type FromWorker =
  | { readonly kind: 'validated'; readonly checks: readonly ProviderCheck[] }
  | { readonly kind: 'failed'; readonly reason: string }
  /** Credentials are there, checks are done: sockets may come. */
  | { readonly kind: 'serving' }
  /** Sent before the first byte of that connection is read: from here on it lives and dies with this worker. */
  | { readonly kind: 'taken'; readonly id: number }
  | { readonly kind: 'present'; readonly upTo: number }
  | { readonly kind: 'figures'; readonly figures: Figures }
  /** After a re-discovery: what the next worker has to start from. */
  | { readonly kind: 'checks'; readonly checks: readonly ProviderCheck[] }
  /** An authenticated stop was asked for: close the listeners, nothing new is accepted. */
  | { readonly kind: 'stopping' }
  | { readonly kind: 'stopped' }
  /** Wants the command of this provider run, or its file read. Answered by `source-result` with the same id. */
  | { readonly kind: 'source-request'; readonly id: number; readonly request: SourceRequest }
  /** A rotated refresh token: the launch secrets of the next worker must have it. */
  | { readonly kind: 'secret-rotated'; readonly name: SecretName; readonly value: string }
  /** Somebody looks at the status page: what does the log of the firewall say now? */
  | { readonly kind: 'firewall-wanted' }
