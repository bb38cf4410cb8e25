import { type ClientHelloReading, parseClientHello } from '../../core/egress-wire/client-hello.ts'
import { explainBlock } from '../../core/egress-wire/explain-block.ts'
import { type ProxyHeadReading, parseProxyHead } from '../../core/egress-wire/proxy-head.ts'
import { type Hostname, isIpLiteral } from '../../core/hostname.ts'
import type { BlockReason, PolicyDecision, RuleScheme } from '../../core/policy/policy.ts'
import { type Attempt, createAttempt, deriveOutcome, type Outcome } from './attempt.ts'
import { awaitAttribution, type Client } from './client.ts'
import { closePolitely, UNRECOGNIZED_NAME } from './close-politely.ts'
import type { DialTarget } from './dialer.ts'
import type { FarSide } from './far-side.ts'
import type { HttpEntrance } from './http-entrance.ts'
import { joinSides, resetSocket } from './join-sides.ts'
import { reach } from './pass-through.ts'
import { readFirst } from './read-first.ts'
import type { RelayContext } from './relay-context.ts'
import { renderPlainAnswer } from './render-plain-answer.ts'

const ESTABLISHED = 'HTTP/1.1 200 Connection established\r\n\r\n'

type ConnectHead = Extract<ProxyHeadReading, { kind: 'connect' }>

/** A client that knows it speaks to a proxy: CONNECT here, requests in absolute form in the HTTP parser. Never 407. */
export async function serveProxy(context: RelayContext, client: Client, http: HttpEntrance): Promise<void> {
  const { bytes, reading } = await readFirst(client.socket, parseProxyHead, context.limits.firstBytesMs)
  switch (reading.kind) {
    case 'request':
      http.serve(client, { port: null, name: null, first: bytes })
      return
    case 'connect':
      return serveConnect(context, { client, head: reading, rest: bytes.subarray(reading.headBytes), http })
    case 'refused': {
      const attempt = createAttempt({ client, protocol: 'http' }, context.report)
      attempt.end({ verdict: 'blocked', reason: reading.reason })
      await awaitAttribution(client)
      const text = explainBlock({ host: null, port: null, scheme: 'http', reason: reading.reason })
      closePolitely(client.socket, renderPlainAnswer(400, text))
      return
    }
    case 'ended':
      client.socket.destroy()
  }
}

interface Connect {
  readonly client: Client
  readonly head: ConnectHead
  /** What came right behind the head: clients may be quicker than our answer. */
  readonly rest: Buffer
  readonly http: HttpEntrance
}

async function serveConnect(context: RelayContext, connect: Connect): Promise<void> {
  const { client, head, rest, http } = connect
  const { scheme, decision } = decideConnect(context, head)
  if (scheme === 'http' && decision.verdict === 'allowed') {
    client.socket.write(ESTABLISHED)
    http.serve(client, { port: head.port, name: head.name, first: rest })
    return
  }
  const protocol = scheme === 'tcp' ? 'tcp' : 'tls'
  const attempt = createAttempt({ client, protocol }, context.report)
  // The address behind a connection to a proxy is the proxy.
  Object.assign(attempt, { host: head.name, port: head.port })
  const outcome = deriveOutcome(decision, context.policy.mode)
  if (outcome.verdict === 'blocked') {
    attempt.end(outcome)
    await awaitAttribution(client)
    refuseConnect(client, { head, scheme, reason: outcome.reason ?? 'not-allowed' })
    return
  }
  const target = deriveTarget(head, decision)
  const onFailure = (): void => closePolitely(client.socket, renderPlainAnswer(502, explainFailure(head)))
  const dial = (signal: AbortSignal): Promise<FarSide> => context.dialer.dial(target, { signal })
  const far = await reach({ client: client.socket, attempt, outcome, onFailure, dial })
  if (far === undefined) return
  client.socket.write(ESTABLISHED)
  const isInspected = scheme === 'https' && outcome.verdict === 'allowed'
  if (isInspected) await joinInspected(context, { ...connect, attempt, far, outcome })
  else join(client, far, { first: rest, onClose: () => attempt.end(outcome) })
}

interface SchemeDecision {
  readonly scheme: RuleScheme
  readonly decision: PolicyDecision
}

function decideConnect({ policy }: RelayContext, { name, port }: ConnectHead): SchemeDecision {
  const schemes = (['tcp', 'https', 'http'] as const).map((scheme) => ({
    scheme,
    decision: policy.decideName({ name, port, scheme }),
  }))
  const [, https] = schemes
  const allowed = schemes.find(({ decision }) => decision.verdict === 'allowed')
  return allowed ?? https ?? { scheme: 'https', decision: { verdict: 'blocked', reason: 'not-allowed' } }
}

function deriveTarget({ name, port }: ConnectHead, decision: PolicyDecision): DialTarget {
  // An address that is written out is allowed by a rule for just that address.
  if (decision.verdict === 'blocked' || isIpLiteral(name)) return { host: name, port, reach: 'any' }
  return { host: name, port, reach: decision.mayBePrivate ? 'private' : 'public' }
}

function refuseConnect(client: Client, refused: { head: ConnectHead; scheme: RuleScheme; reason: BlockReason }): void {
  const { head, scheme, reason } = refused
  const text = explainBlock({ host: head.name, port: head.port, scheme, reason })
  closePolitely(client.socket, renderPlainAnswer(403, text))
}

function explainFailure({ name, port }: ConnectHead): string {
  return `setup-agent-proxy: ${name}:${port} is allowed and could not be reached; the firewall log says why.\n`
}

interface Inspected extends Connect {
  readonly attempt: Attempt
  readonly far: FarSide
  readonly outcome: Outcome
}

/** Nothing goes to the far side before the name inside the tunnel is known to be the tunnel's. */
async function joinInspected(context: RelayContext, inspected: Inspected): Promise<void> {
  const { client, head, rest, far, attempt, outcome } = inspected
  far.socket.once('close', () => client.socket.destroySoon())
  if (rest.length > 0) client.socket.unshift(rest)
  const { bytes, reading } = await readFirst(client.socket, parseClientHello, context.limits.firstBytesMs)
  attempt.hasEncryptedHello = reading.kind === 'hello' && reading.hasEncryptedHello
  const reason = decideTunnelled(reading, head.name)
  const isAudit = context.policy.mode === 'audit'
  if (reason === undefined || isAudit) {
    const verdict: Outcome = reason === undefined ? outcome : { ...outcome, verdict: 'would-block', reason }
    join(client, far, { first: bytes, onClose: () => attempt.end(verdict) })
    return
  }
  far.socket.destroy()
  if (reading.kind === 'hello') attempt.host = reading.name
  attempt.end({ ...outcome, verdict: 'blocked', reason })
  await awaitAttribution(client)
  if (reason === 'not-tls') resetSocket(client.socket)
  else closePolitely(client.socket, UNRECOGNIZED_NAME)
}

function join(client: Client, far: FarSide, { first, onClose }: { first: Buffer; onClose: () => void }): void {
  if (first.length > 0) far.socket.write(first)
  joinSides(client.socket, far, onClose)
}

/**
 * Whether a tunnel that was allowed for a name carries TLS for just that name: the server behind it may serve others too.
 */
function decideTunnelled(
  reading: ClientHelloReading | { readonly kind: 'ended' },
  name: Hostname,
): BlockReason | undefined {
  if (reading.kind === 'hello') return reading.name === name ? undefined : 'name-mismatch'
  return reading.kind === 'refused' ? reading.reason : 'not-tls'
}
