import type { IncomingMessage } from 'node:http'
import { explainBlock } from '../../core/egress-wire/explain-block.ts'
import { type HttpExpectation, type HttpReading, readHttpRequest } from '../../core/egress-wire/http-request.ts'
import type { Hostname } from '../../core/hostname.ts'
import type { PolicyDecision } from '../../core/policy/policy.ts'
import { type Attempt, createAttempt, deriveOutcome, type Outcome } from './attempt.ts'
import type { Client } from './client.ts'
import type { DialTarget } from './dialer.ts'
import { deriveWanted } from './pass-through.ts'
import type { RelayContext } from './relay-context.ts'

/** A connection that speaks HTTP, and what its requests must name. */
export interface HttpConnection {
  readonly client: Client
  readonly expected: HttpExpectation
}

/** A request that may go out. */
export interface AllowedRequest {
  readonly reading: Extract<HttpReading, { kind: 'request' }>
  readonly attempt: Attempt
  readonly outcome: Outcome
  /** Where it goes; in audit mode that may have to be looked up. */
  readonly findTarget: () => Promise<DialTarget>
}

export type RequestDecision =
  | { readonly kind: 'allowed'; readonly allowed: AllowedRequest }
  /**
   * The line is being written; the text is for the client, once it has been looked up: refused, it closes, and nobody could say
   * any more which program it was.
   */
  | { readonly kind: 'refused'; readonly text: string }

/** Decides about one plain HTTP request, by the name that it carries. What is refused has its line in the log already. */
export function decideRequest(
  context: RelayContext,
  connection: HttpConnection,
  message: IncomingMessage,
): RequestDecision {
  const { client, expected } = connection
  const attempt = createAttempt({ client, protocol: 'http', isRequest: true }, context.report)
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
    const findTarget = (): Promise<DialTarget> => findTargetOf(context, { client, decision, name, port })
    return { kind: 'allowed', allowed: { reading, attempt, findTarget, outcome } }
  }
  attempt.end(outcome)
  return refuse(attempt, outcome.reason ?? 'not-allowed')
}

function refuse(attempt: Attempt, reason: NonNullable<Outcome['reason']>): RequestDecision {
  const { host, port } = attempt
  return { kind: 'refused', text: explainBlock({ host, port, scheme: 'http', reason }) }
}

interface Decided {
  readonly client: Client
  readonly decision: PolicyDecision
  readonly name: Hostname
  readonly port: number
}

async function findTargetOf(context: RelayContext, { client, decision, name, port }: Decided): Promise<DialTarget> {
  if (decision.verdict === 'allowed') return { host: name, port, reach: decision.mayBePrivate ? 'private' : 'public' }
  const wanted = deriveWanted(context, { host: name }, { origin: await client.origin, port })
  return wanted ?? { host: name, port, reach: 'any' }
}
