import type { Target } from './connect.ts'

/** One task of the load process, handed over as its only argument in JSON; it prints a {@link LoadResult} in JSON. */
export type LoadJob =
  | { readonly kind: 'small'; readonly target: Target; readonly connections: number; readonly seconds: number }
  | {
      readonly kind: 'paced'
      readonly target: Target
      readonly streams: number
      readonly events: number
      readonly intervalMs: number
    }
  | { readonly kind: 'flat'; readonly target: Target; readonly streams: number; readonly bytes: number }
  | {
      readonly kind: 'upload'
      readonly target: Target
      readonly connections: number
      readonly bytes: number
      readonly times: number
    }
  | {
      readonly kind: 'download'
      readonly target: Target
      readonly connections: number
      readonly bytes: number
      readonly times: number
    }
  | { readonly kind: 'websocket'; readonly target: Target; readonly connections: number; readonly seconds: number }
  /** New TLS connections one after another, each with one small request. */
  | { readonly kind: 'handshake'; readonly target: Target; readonly connections: number; readonly seconds: number }
  /** Tunnels through a forward proxy, each closed as soon as it is there. */
  | { readonly kind: 'tunnel'; readonly target: Target; readonly connections: number; readonly seconds: number }
  | { readonly kind: 'idle'; readonly target: Target; readonly streams: number }

export interface LoadResult {
  /** Requests, events, messages or payload bytes that came through. */
  readonly count: number
  /** Seconds from the first to the last of them. */
  readonly seconds: number
  /** Microseconds; absent where the job has no latency. */
  readonly p50?: number
  readonly p99?: number
  /** Processor nanoseconds of the load process, its start included; set by its entry. */
  readonly ownCpu?: number
}
