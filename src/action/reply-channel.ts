import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import type { ProviderCheck, SidecarReply } from '../core/sidecar-config.ts'

type Ready = Extract<SidecarReply, { readonly kind: 'ready' }>

/** How the start ended, as far as the sidecar itself said. */
export type Replies =
  | { readonly kind: 'ready'; readonly checks: readonly ProviderCheck[]; readonly ready: Ready }
  | { readonly kind: 'failed'; readonly checks: readonly ProviderCheck[]; readonly reason: string }
  /** The channel closed without a last word. */
  | { readonly kind: 'silent'; readonly checks: readonly ProviderCheck[] }

/** Reads the sidecar's lines until it is ready, has failed, or the channel ends. */
export async function readReplies(channel: Readable): Promise<Replies> {
  let checks: readonly ProviderCheck[] = []
  for await (const line of createInterface({ input: channel })) {
    const reply = JSON.parse(line) as SidecarReply
    switch (reply.kind) {
      case 'validated':
        checks = reply.checks
        break
      case 'ready':
        return { kind: 'ready', checks, ready: reply }
      case 'failed':
        return { kind: 'failed', checks, reason: reply.reason }
    }
  }
  return { kind: 'silent', checks }
}
