import { explainBlock } from '../../core/egress-wire/explain-block.ts'
import { type ProxyHeadReading, parseProxyHead } from '../../core/egress-wire/proxy-head.ts'
import { isIpLiteral } from '../../core/hostname.ts'
import type { BlockReason, PolicyDecision, RuleScheme } from '../../core/policy/policy.ts'
import { createAttempt, deriveOutcome } from './attempt.ts'
import { awaitAttribution, type Client } from './client.ts'
import { closePolitely } from './close-politely.ts'
import type { DialTarget } from './dialer.ts'
import type { HttpEntrance } from './http-entrance.ts'
import { inspectTunnel } from './inspect-tunnel.ts'
import { joinWith } from './join-sides.ts'
import { guarded, type Reaching, reach } from './pass-through.ts'
import { collectFirst, type FirstBytes } from './read-first.ts'
import type { RelayContext } from './relay-context.ts'
import { remember } from './remember.ts'
import { renderPlainAnswer } from './render-plain-answer.ts'

const ESTABLISHED = Buffer.from('HTTP/1.1 200 Connection established\r\n\r\n')

/** From the widest: a `tcp` rule lets anything pass inside. */
const SCHEMES = ['tcp', 'https', 'http'] as const

type ConnectHead = Extract<ProxyHeadReading, { kind: 'connect' }>

const MOST_HEADS = 64
const LONGEST_HEAD = 512

const readKnownHead = remember<Buffer, ProxyHeadReading>(MOST_HEADS, {
  key: (bytes) => bytes.toString('latin1'),
  derive: parseProxyHead,
  // A client that sends byte by byte must not push out what others say.
  isKept: ({ kind }) => kind === 'connect',
})

/** Agents say the same few heads again and again; a long one is read each time. */
function readHead(bytes: Buffer): ProxyHeadReading {
  return bytes.length > LONGEST_HEAD ? parseProxyHead(bytes) : readKnownHead(bytes)
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
    if (isInspected) inspectTunnel(context, { client, name: head.name, rest, attempt, far, outcome })
    else joinWith(client.socket, far, { first: rest, onClose: () => attempt.end(outcome) })
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
