import { type ClientHelloReading, parseClientHello } from '../../core/egress-wire/client-hello.ts'
import type { Hostname } from '../../core/hostname.ts'
import type { BlockReason, PolicyDecision } from '../../core/policy/policy.ts'
import { type Attempt, createAttempt, deriveOutcome } from './attempt.ts'
import { awaitAttribution, type Client, type ClientOrigin } from './client.ts'
import { closePolitely, UNRECOGNIZED_NAME } from './close-politely.ts'
import type { DialError } from './dial-error.ts'
import type { DialTarget } from './dialer.ts'
import { resetSocket } from './join-sides.ts'
import { deriveWanted, passThrough } from './pass-through.ts'
import { readFirst } from './read-first.ts'
import type { RelayContext } from './relay-context.ts'
import { deriveUninspected } from './uninspected.ts'

const NOTHING = Buffer.alloc(0)

/** A connection that must be TLS: the name in its ClientHello decides, and that name is dialled, whatever was dialled to us. */
export async function serveTls(context: RelayContext, client: Client, port: number): Promise<void> {
  const attempt = createAttempt({ client, protocol: 'tls' }, context.report)
  attempt.port = port
  if (context.policy.needsOrigin(port)) {
    const free = deriveUninspected(context, attempt, { origin: await client.origin, port })
    if (free !== undefined) return passThrough(context, { client: client.socket, attempt, ...free, first: NOTHING })
  }
  const { bytes, reading } = await readFirst(client.socket, parseClientHello, context.limits.firstBytesMs)
  noteHello(attempt, reading)
  const decision = decideHello(context, reading, port)
  if (decision.verdict === 'allowed' && reading.kind === 'hello') {
    const target: DialTarget = { host: reading.name, port, reach: decision.mayBePrivate ? 'private' : 'public' }
    const outcome = deriveOutcome(decision, context.policy.mode)
    const onFailure = (error: DialError): void => refuseFailed(client, error)
    passThrough(context, { client: client.socket, attempt, target, outcome, first: bytes, onFailure })
  } else await refuseTls(context, { client, attempt, port, decision, first: bytes })
}

type Reading = ClientHelloReading | { readonly kind: 'ended' }

function noteHello(attempt: Attempt, reading: Reading): void {
  attempt.host = reading.kind === 'hello' ? reading.name : null
  attempt.hasEncryptedHello = reading.kind === 'hello' && reading.hasEncryptedHello
}

function decideHello({ policy }: RelayContext, reading: Reading, port: number): PolicyDecision {
  if (reading.kind === 'hello') return policy.decideName({ name: reading.name, port, scheme: 'https' })
  return { verdict: 'blocked', reason: reading.kind === 'refused' ? reading.reason : 'not-tls' }
}

interface Refused {
  readonly client: Client
  readonly attempt: Attempt
  readonly port: number
  readonly decision: PolicyDecision
  readonly first: Buffer
}

/** Waits for the look-up: once it is refused a client closes, and nobody could say any more which program it was. */
async function refuseTls(context: RelayContext, refused: Refused): Promise<void> {
  const { client, attempt, port, decision, first } = refused
  const outcome = deriveOutcome(decision, context.policy.mode)
  const origin = await awaitAttribution(client)
  attempt.host ??= findLookedUp(context, origin)
  const target = outcome.verdict === 'would-block' ? deriveWanted(context, attempt, { origin, port }) : undefined
  if (target !== undefined) return passThrough(context, { client: client.socket, attempt, target, outcome, first })
  attempt.end(outcome)
  sendRefusal(client, outcome.reason)
}

function findLookedUp({ names }: RelayContext, { original }: ClientOrigin): Hostname | null {
  return original === null ? null : (names.nameOf(original.address) ?? null)
}

// Who does not speak TLS could not read an alert.
function sendRefusal({ socket }: Client, reason: BlockReason | undefined): void {
  if (reason === 'not-tls') resetSocket(socket)
  else closePolitely(socket, UNRECOGNIZED_NAME)
}

function refuseFailed({ socket }: Client, error: DialError): void {
  if (error.reason === undefined) resetSocket(socket)
  else closePolitely(socket, UNRECOGNIZED_NAME)
}
