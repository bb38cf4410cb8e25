import type { EgressEvent } from '../../core/egress-event.ts'
import type { Hostname } from '../../core/hostname.ts'
import type { PolicyDecision } from '../../core/policy/policy.ts'
import type { Client, ClientOrigin } from './client.ts'
import type { DialError } from './dial-error.ts'
import type { TalliedEvent } from './event-tally.ts'
import { isMadeUp } from './name-pool.ts'

export type Outcome = Pick<EgressEvent, 'verdict' | 'rule' | 'reason' | 'failure'>

/** One connection, or one request on it, until its line is in the log. */
export interface Attempt {
  /** The name and port in question: set as soon as they are known, and again when they turn out to be others. */
  host: Hostname | null
  port: number | null
  hasEncryptedHello: boolean
  /** Writes the line, as soon as it is known whose connection it is; only the first call does. */
  end(outcome: Outcome): void
}

export interface AttemptFacts {
  readonly client: Client
  readonly protocol: EgressEvent['protocol']
  /** Set for one of several requests on a connection: its share begins now. */
  readonly isRequest?: true
}

/** Begins the record of a connection, or of one request on it; `give` gets its line once, when the client's origin is known too. */
export function createAttempt(facts: AttemptFacts, give: (tallied: TalliedEvent) => void): Attempt {
  const { socket, origin, foreignBytes, startedAt } = facts.client
  const begin = facts.isRequest
    ? { at: performance.now(), out: socket.bytesRead, in: socket.bytesWritten }
    : { at: startedAt, out: foreignBytes, in: 0 }
  let isOver = false
  const attempt: Attempt = {
    host: null,
    port: null,
    hasEncryptedHello: false,
    end(outcome) {
      if (isOver) return
      isOver = true
      const event = {
        ...renderWhat(facts, attempt, outcome),
        bytesOut: socket.bytesRead - begin.out,
        bytesIn: socket.bytesWritten - begin.in,
        ms: Math.round(performance.now() - begin.at),
      }
      void origin.then((who) => give({ event: { ...event, ...renderWho(who) }, inode: who.inode }))
    },
  }
  return attempt
}

function renderWhat({ protocol }: AttemptFacts, attempt: Attempt, outcome: Outcome) {
  return {
    kind: 'egress',
    time: new Date().toISOString(),
    ...outcome,
    protocol,
    host: attempt.host,
    port: attempt.port,
    ...(attempt.hasEncryptedHello ? { encryptedHello: true as const } : {}),
  } as const
}

function renderWho({ original, uid, pid, program }: ClientOrigin) {
  const address = original === null || isMadeUp(original.address) ? null : original.address
  return { address, uid, pid, program }
}

/** How a decision stands in the log, once nothing more can go wrong. */
export function deriveOutcome(decision: PolicyDecision, mode: 'block' | 'audit'): Outcome {
  const rule = decision.rule === undefined ? {} : { rule: decision.rule }
  if (decision.verdict === 'allowed') return { verdict: 'allowed', ...rule }
  return { verdict: mode === 'audit' ? 'would-block' : 'blocked', reason: decision.reason, ...rule }
}

/** The same after the far side could not be reached. */
export function deriveFailure(outcome: Outcome, error: DialError): Outcome {
  const { reason, failure } = error
  if (outcome.verdict === 'would-block') return failure === undefined ? outcome : { ...outcome, failure }
  const cause = { ...(reason === undefined ? {} : { reason }), ...(failure === undefined ? {} : { failure }) }
  return { ...outcome, verdict: 'failed', ...cause }
}
