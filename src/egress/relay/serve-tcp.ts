import type { Hostname } from '../../core/hostname.ts'
import type { PolicyDecision } from '../../core/policy/policy.ts'
import { type Attempt, createAttempt, deriveOutcome } from './attempt.ts'
import { awaitAttribution, type Client, type ClientOrigin } from './client.ts'
import type { DialTarget } from './dialer.ts'
import { resetSocket } from './join-sides.ts'
import { deriveWanted, passThrough } from './pass-through.ts'
import type { RelayContext } from './relay-context.ts'
import { serveTls } from './serve-tls.ts'
import { decideOriginal } from './uninspected.ts'

const NOTHING = Buffer.alloc(0)

/** Serves plain HTTP on a port of its own, where a rule has it inspected. */
export type InspectHttp = (client: Client, port: number) => Promise<void>

/**
 * Everything that is neither port 443 nor 80. The address that was dialled tells the name: a `tcp://` rule lets it pass as it is,
 * an `https` or `http` rule for that port has it inspected, and an address needs a rule of its own.
 */
export async function serveTcp(context: RelayContext, client: Client, inspectHttp: InspectHttp): Promise<void> {
  const origin = await client.origin
  const attempt = createAttempt({ client, protocol: 'tcp' }, context.report)
  const { original } = origin
  if (original === null) {
    await awaitAttribution(client)
    attempt.end({ verdict: 'blocked', reason: 'not-allowed' })
    resetSocket(client.socket)
    return
  }
  const { port } = original
  attempt.port = port
  const name = context.names.nameOf(original.address)
  attempt.host = name ?? null
  const decision = name === undefined ? decideLiteral(context, origin, port) : decide(context, name, port)
  if (decision.scheme === 'https') return serveTls(context, client, port)
  if (decision.scheme === 'http') return inspectHttp(client, port)
  const outcome = deriveOutcome(decision.decision, context.policy.mode)
  const host = name ?? original.address
  const target = deriveTarget(context, attempt, { origin, host, port, decision: decision.decision })
  if (target !== undefined)
    return passThrough(context, { client: client.socket, attempt, target, outcome, first: NOTHING })
  await awaitAttribution(client)
  attempt.end(outcome)
  resetSocket(client.socket)
}

interface SchemeDecision {
  readonly scheme: 'tcp' | 'https' | 'http'
  readonly decision: PolicyDecision
}

function decide({ policy }: RelayContext, name: Hostname, port: number): SchemeDecision {
  const schemes = (['tcp', 'https', 'http'] as const).map((scheme) => ({
    scheme,
    decision: policy.decideName({ name, port, scheme }),
  }))
  // When none allows it, the most telling refusal: a rule that denies, or one that names the host with another port.
  const ranks = ['denied', 'port-not-allowed']
  const refusal = ranks.flatMap((reason) =>
    schemes.filter(({ decision }) => decision.verdict === 'blocked' && decision.reason === reason),
  )[0]?.decision
  const allowed = schemes.find(({ decision }) => decision.verdict === 'allowed')
  return allowed ?? { scheme: 'tcp', decision: refusal ?? { verdict: 'blocked', reason: 'not-allowed' } }
}

function decideLiteral(context: RelayContext, origin: ClientOrigin, port: number): SchemeDecision {
  const found = decideOriginal(context, origin, port)?.decision
  // An address that we made up and no longer know: its name was asked for before the relay was started again.
  return { scheme: 'tcp', decision: found ?? { verdict: 'blocked', reason: 'not-allowed' } }
}

interface Wanted {
  readonly origin: ClientOrigin
  readonly host: string
  readonly port: number
  readonly decision: PolicyDecision
}

function deriveTarget(context: RelayContext, attempt: Attempt, wanted: Wanted): DialTarget | undefined {
  const { origin, host, port, decision } = wanted
  if (decision.verdict === 'blocked') {
    return context.policy.mode === 'audit' ? deriveWanted(context, attempt, { origin, port }) : undefined
  }
  if (attempt.host === null) return { host, port, reach: 'any' }
  return { host, port, reach: decision.mayBePrivate ? 'private' : 'public' }
}
