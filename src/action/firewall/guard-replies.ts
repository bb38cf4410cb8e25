import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import type { GuardReply } from '../../core/egress-config.ts'
import type { ProviderCheck, SidecarReply } from '../../core/sidecar-config.ts'

type GuardReady = Extract<GuardReply, { readonly kind: 'ready' }>
type SidecarReady = Extract<SidecarReply, { readonly kind: 'ready' }>

/** How the start of the guard, and of the sidecar behind it, ended. */
export type GuardReplies =
  | {
      readonly kind: 'ready'
      readonly guard: GuardReady
      readonly sidecar: SidecarReady
      readonly checks: readonly ProviderCheck[]
    }
  | { readonly kind: 'failed'; readonly reason: string; readonly checks: readonly ProviderCheck[] }

/** Reads the guard's lines until it is ready, has failed, or says no more. */
export async function readGuardReplies(channel: Readable): Promise<GuardReplies> {
  let checks: readonly ProviderCheck[] = []
  let sidecar: SidecarReady | undefined
  let sidecarFailure = ''
  for await (const line of createInterface({ input: channel })) {
    const reply = JSON.parse(line) as GuardReply
    if (reply.kind === 'failed') return { kind: 'failed', reason: sidecarFailure || reply.reason, checks }
    if (reply.kind === 'ready') {
      if (sidecar === undefined) return { kind: 'failed', reason: 'The sidecar said nothing.', checks }
      return { kind: 'ready', guard: reply, sidecar, checks }
    }
    if (reply.reply.kind === 'validated') checks = reply.reply.checks
    else if (reply.reply.kind === 'ready') sidecar = reply.reply
    else sidecarFailure = reply.reply.reason
  }
  return { kind: 'failed', reason: sidecarFailure || 'The root half of the firewall ended without a word.', checks }
}
