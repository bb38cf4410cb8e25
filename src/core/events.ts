import type { ProviderId } from './providers/provider.ts'
import type { RefusalCode } from './refusals.ts'

/**
 * The lines of the access log (JSONL) and the figures made from them. Written by the worker, read by the post step. Never a
 * body, a query string, a header value or a secret.
 */
export interface TokenUsage {
  readonly input: number
  readonly output: number
  /** Part of `input` that was read from the provider's cache. */
  readonly cached: number
}

export type Outcome = 'complete' | 'refused' | 'client-aborted' | 'upstream-cut' | 'upstream-failed'

export interface RequestEvent {
  readonly kind: 'request'
  /** ISO 8601, UTC, when the answer ended. */
  readonly time: string
  readonly id: string
  readonly provider: ProviderId
  readonly method: string
  /** Path without query, at most 200 characters. */
  readonly path: string
  readonly upstream: string
  readonly transport: 'http' | 'sse' | 'websocket'
  readonly outcome: Outcome
  readonly refusal?: RefusalCode
  /** Status sent to the client; 0 when none was sent. */
  readonly status: number
  readonly model?: string
  readonly tokens?: TokenUsage
  readonly bytesIn: number
  readonly bytesOut: number
  /** Milliseconds from request head to first byte of the answer's head, and to its end. */
  readonly firstByteMs: number
  readonly ms: number
  /** Name of the recovery that replayed the request once, where one did. */
  readonly replayed?: 'unauthorized' | 'misdirected'
}

export interface LifecycleEvent {
  readonly kind: 'lifecycle'
  readonly time: string
  readonly what:
    | 'started'
    | 'ready'
    | 'worker-restarted'
    | 'credential-process-restarted'
    | 'rediscovered'
    | 'credential-renewed'
    | 'credential-failed'
    | 'stopping'
  readonly provider?: ProviderId
  /** One sentence, free of secrets. */
  readonly detail?: string
}

export type SidecarEvent = RequestEvent | LifecycleEvent
