import type { Secret } from '../../core/secret.ts'
import type { Forwarding, Recovery } from './forwarding.ts'
import type { ResponseHead } from './upstream/response-head.ts'

/** An answer that is not passed on yet, because it may mean that the request is replayed. */
export interface PendingAnswer {
  readonly head: ResponseHead
  readonly chunks: Buffer[]
  size: number
  hasEnded: boolean
  isJudged: boolean
}

/** What a request is replayed with. */
export interface Replay {
  readonly recovery: Recovery
  readonly body: Buffer | null
}

/** Renews what was refused; undefined when the request cannot be replayed. @param used what the refused request carried. */
export async function prepareReplay(
  { call, body, recover }: Forwarding,
  { head }: PendingAnswer,
  used: Secret | null,
): Promise<Replay | undefined> {
  const recovery = await recover(head.status, used)
  // Where the body is gone this answer passes, but the client's next attempt must not meet the same refusal.
  if (recovery === undefined || !call.runtime.mayReplay) return undefined
  if (body === null || Buffer.isBuffer(body)) return { recovery, body }
  const whole = body.canBeReplayed ? await body.whole() : undefined
  return whole === undefined ? undefined : { recovery, body: whole }
}
