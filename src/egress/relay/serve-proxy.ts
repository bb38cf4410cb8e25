import type { Socket } from 'node:net'
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
import { joinSides, onClosed, resetSocket } from './join-sides.ts'
import { guarded, type Reaching, reach } from './pass-through.ts'
import { collectFirst, type FirstBytes } from './read-first.ts'
import type { RelayContext } from './relay-context.ts'
import { renderPlainAnswer } from './render-plain-answer.ts'

const ESTABLISHED = Buffer.from('HTTP/1.1 200 Connection established\r\n\r\n')

/** How long a server may take to close its end of a tunnel that nobody used. */
const UNUSED_MS = 2000
/** Connections at once that are many. */
const CROWD = 3
/** From the widest: a `tcp` rule lets anything pass inside. */
const SCHEMES = ['tcp', 'https', 'http'] as const

type ConnectHead = Extract<ProxyHeadReading, { kind: 'connect' }>

/** Agents say the same few heads again and again; a longer one is read each time. */
const readHead = rememberHeads({ most: 64, longest: 512 })

function rememberHeads({ most, longest }: { readonly most: number; readonly longest: number }) {
  const known = new Map<string, ProxyHeadReading>()
  return (bytes: Buffer): ProxyHeadReading => {
    if (bytes.length > longest) return parseProxyHead(bytes)
    const text = bytes.toString('latin1')
    const before = known.get(text)
    if (before !== undefined) return before
    const reading = parseProxyHead(bytes)
    if (known.size === most) known.clear()
    known.set(text, reading)
    return reading
  }
}

/** A client that knows it speaks to a proxy: CONNECT here, requests in absolute form in the HTTP parser. Never 407. */
export function serveProxy(context: RelayContext, client: Client, http: HttpEntrance): void {
  const onHead = ({ bytes, reading }: FirstBytes<ProxyHeadReading>): void => {
    switch (reading.kind) {
      case 'request':
        http.serve(client, { port: null, name: null, first: bytes })
        return
      case 'connect':
        serveConnect(context, { client, head: reading, rest: bytes.subarray(reading.headBytes), http })
        return
      case 'refused':
        void refuseHead(context, client, reading.reason)
        return
      case 'ended':
        client.socket.destroy()
    }
  }
  collectFirst(
    client.socket,
    { parse: readHead, deadlineMs: context.limits.firstBytesMs },
    guarded(client.socket, onHead),
  )
}

async function refuseHead(context: RelayContext, client: Client, reason: BlockReason): Promise<void> {
  const attempt = createAttempt({ client, protocol: 'http' }, context.report)
  attempt.end({ verdict: 'blocked', reason })
  await awaitAttribution(client)
  const text = explainBlock({ host: null, port: null, scheme: 'http', reason })
  closePolitely(client.socket, renderPlainAnswer(400, text))
}

interface Connect {
  readonly client: Client
  readonly head: ConnectHead
  /** What came right behind the head: clients may be quicker than our answer. */
  readonly rest: Buffer
  readonly http: HttpEntrance
}

function serveConnect(context: RelayContext, connect: Connect): void {
  const { client, head, rest, http } = connect
  const { scheme, decision } = decideConnect(context, head)
  if (scheme === 'http' && decision.verdict === 'allowed') {
    client.socket.write(ESTABLISHED)
    http.serve(client, { port: head.port, name: head.name, first: rest })
    return
  }
  const attempt = createAttempt({ client, protocol: scheme === 'tcp' ? 'tcp' : 'tls' }, context.report)
  // The address behind a connection to a proxy is the proxy.
  attempt.host = head.name
  attempt.port = head.port
  const outcome = deriveOutcome(decision, context.policy.mode)
  if (outcome.verdict === 'blocked') {
    attempt.end(outcome)
    void refuseConnect(client, { head, scheme, reason: outcome.reason ?? 'not-allowed' })
    return
  }
  const isInspected = scheme === 'https' && outcome.verdict === 'allowed'
  const target = deriveTarget(head, decision)
  const onFailure = (): void => closePolitely(client.socket, renderPlainAnswer(502, explainFailure(head)))
  const dial: Reaching['dial'] = (settle) => context.dialer.dial(target, { client: client.socket }, settle)
  reach({ client: client.socket, attempt, outcome, onFailure, dial }, (far) => {
    client.socket.write(ESTABLISHED)
    if (isInspected) inspect(context, { ...connect, attempt, far, outcome })
    else join(client, far, { first: rest, onClose: () => attempt.end(outcome) })
  })
}

interface SchemeDecision {
  readonly scheme: RuleScheme
  readonly decision: PolicyDecision
}

function decideConnect({ policy }: RelayContext, { name, port }: ConnectHead): SchemeDecision {
  for (const scheme of SCHEMES) {
    const decision = policy.decideName({ name, port, scheme })
    if (decision.verdict === 'allowed') return { scheme, decision }
  }
  return { scheme: 'https', decision: policy.decideName({ name, port, scheme: 'https' }) }
}

function deriveTarget({ name, port }: ConnectHead, decision: PolicyDecision): DialTarget {
  // An address that is written out is allowed by a rule for just that address.
  if (decision.verdict === 'blocked' || isIpLiteral(name)) return { host: name, port, reach: 'any' }
  return { host: name, port, reach: decision.mayBePrivate ? 'private' : 'public' }
}

type Refused = { readonly head: ConnectHead; readonly scheme: RuleScheme; readonly reason: BlockReason }

async function refuseConnect(client: Client, { head, scheme, reason }: Refused): Promise<void> {
  await awaitAttribution(client)
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
function inspect(context: RelayContext, inspected: Inspected): void {
  const { client, rest, far } = inspected
  far.socket.on('close', () => closeWritten(client.socket))
  // A server that ends before it was asked anything has given the tunnel up.
  const onFarEnd = (): void => void far.socket.destroy()
  far.socket.on('end', onFarEnd)
  if (rest.length > 0) client.socket.unshift(rest)
  const onHello = (first: FirstBytes<ClientHelloReading>): void => {
    far.socket.off('end', onFarEnd)
    openInspected(context, inspected, first)
  }
  const wish = { parse: parseClientHello, deadlineMs: context.limits.firstBytesMs }
  collectFirst(client.socket, wish, guarded(client.socket, onHello))
}

function openInspected(context: RelayContext, inspected: Inspected, first: FirstBytes<ClientHelloReading>): void {
  const { client, head, far, attempt, outcome } = inspected
  const { bytes, reading } = first
  if (bytes.length === 0 && isClosedBy(client)) {
    // Opened ahead and not needed, as clients do: nothing has gone either way, so nothing is refused.
    closeUnused(far.socket, { isCrowded: context.countClients() >= CROWD, onClose: () => attempt.end(outcome) })
    return
  }
  attempt.hasEncryptedHello = reading.kind === 'hello' && reading.hasEncryptedHello
  const reason = decideTunnelled(reading, head.name)
  if (reason === undefined || context.policy.mode === 'audit') {
    const verdict: Outcome = reason === undefined ? outcome : { ...outcome, verdict: 'would-block', reason }
    join(client, far, { first: bytes, onClose: () => attempt.end(verdict) })
    return
  }
  far.socket.destroy()
  if (reading.kind === 'hello') attempt.host = reading.name
  attempt.end({ ...outcome, verdict: 'blocked', reason })
  void refuseHello(client, reason)
}

async function refuseHello(client: Client, reason: BlockReason): Promise<void> {
  await awaitAttribution(client)
  if (reason === 'not-tls') resetSocket(client.socket)
  else closePolitely(client.socket, UNRECOGNIZED_NAME)
}

/**
 * The client's end goes with the far side's. While few are here that happens in turn, as the far side answers, and who waits to be
 * accepted is served in between: a fifth more tunnels one after another. While many are, all at once, which costs a tenth less.
 */
function closeUnused(far: Socket, { isCrowded, onClose }: { isCrowded: boolean; onClose: () => void }): void {
  const timer = far.destroyed ? undefined : setTimeout(() => far.destroy(), UNUSED_MS)
  onClosed(far, () => {
    clearTimeout(timer)
    onClose()
  })
  if (isCrowded) far.destroy()
  else if (!far.destroyed) far.end()
}

/** Closes when what has been written has gone out; when it has already, without the detour of a half-close. */
function closeWritten(socket: Socket): void {
  if (socket.writableLength > 0) socket.destroySoon()
  else socket.destroy()
}

const isClosedBy = ({ socket }: Client): boolean => socket.readableEnded || socket.destroyed

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
