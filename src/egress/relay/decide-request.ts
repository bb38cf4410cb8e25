import type { IncomingMessage } from 'node:http'
import { explainBlock } from '../../core/egress-wire/explain-block.ts'
import { type HttpExpectation, type HttpReading, readHttpRequest } from '../../core/egress-wire/http-request.ts'
import type { PolicyDecision } from '../../core/policy/policy.ts'
import { type Attempt, createAttempt, deriveOutcome, type Outcome } from './attempt.ts'
import type { Client, ClientOrigin } from './client.ts'
import type { DialTarget } from './dialer.ts'
import { deriveWanted } from './pass-through.ts'
import type { RelayContext } from './relay-context.ts'

/** A connection that speaks HTTP, and what its requests must name. */
export interface HttpConnection {
  readonly client: Client
  readonly origin: ClientOrigin
  readonly expected: HttpExpectation
}

/** A request that may go out. */
export interface AllowedRequest {
  readonly reading: Extract<HttpReading, { kind: 'request' }>
  readonly attempt: Attempt
  readonly target: DialTarget
  readonly outcome: Outcome
}

export type RequestDecision =
  | { readonly kind: 'allowed'; readonly allowed: AllowedRequest }
  /** Already written to the log; the text is for the client. */
  | { readonly kind: 'refused'; readonly text: string }

export function decideRequest(
  context: RelayContext,
  connection: HttpConnection,
  message: IncomingMessage,
): RequestDecision {
  const { client, origin, expected } = connection
  const attempt = createAttempt({ client, origin, protocol: 'http', isRequest: true }, context.report)
  const reading = readHttpRequest(
    {
      method: message.method ?? '',
      target: message.url ?? '',
      version: message.httpVersion,
      rawHeaders: message.rawHeaders,
    },
    expected,
  )
  attempt.host = reading.name
  if (reading.kind === 'refused') {
    // Also in audit mode: what can be read in two ways cannot be sent on as one.
    const { reason } = reading
    attempt.end({ verdict: 'blocked', reason })
    return refuse(attempt, reason)
  }
  const { name, port } = reading
  attempt.port = port
  const decision = context.policy.decideName({ name, port, scheme: 'http' })
  const outcome = deriveOutcome(decision, context.policy.mode)
  if (outcome.verdict !== 'blocked') {
    return { kind: 'allowed', allowed: { reading, attempt, target: deriveTarget(context, attempt, decision), outcome } }
  }
  attempt.end(outcome)
  return refuse(attempt, outcome.reason ?? 'not-allowed')
}

function refuse(attempt: Attempt, reason: NonNullable<Outcome['reason']>): RequestDecision {
  const { host, port } = attempt
  return { kind: 'refused', text: explainBlock({ host, port, scheme: 'http', reason }) }
}

function deriveTarget(context: RelayContext, attempt: Attempt, decision: PolicyDecision): DialTarget {
  const [host, port] = [attempt.host ?? '', attempt.port ?? 80]
  if (decision.verdict === 'allowed') return { host, port, reach: decision.mayBePrivate ? 'private' : 'public' }
  return deriveWanted(context, attempt, port) ?? { host, port, reach: 'any' }
}
