import { type ClientRequest as Handshake, request as httpRequest, type IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Outcome } from '../../core/events.ts'
import { type RefusalCode, renderRefusal } from '../../core/refusals.ts'
import type { Secret } from '../../core/secret.ts'
import { renderAuthority } from '../../core/upstream.ts'
import { deriveUpstreamHeaders } from '../../core/upstream-headers.ts'
import { renderClientHead } from './answer-plan.ts'
import type { Call } from './call.ts'
import type { ClientRequest } from './client/client-request.ts'
import type { ClientTunnel } from './client/client-tunnel.ts'
import { CredentialUnavailableError } from './credentials/credential.ts'
import type { EchoNeedles } from './echo-needles.ts'
import { classifyFailure, refusalOf } from './failure.ts'
import { admitCall, endCall, judgeAnswer, openCall, type RequestContext, recover } from './handle-request.ts'
import type { ProviderRuntime } from './provider-runtime.ts'
import { planUpgradeAnswer, relayUpgradeAnswer, renderUpgradeHead } from './relay-upgrade-answer.ts'
import { runTunnel } from './run-tunnel.ts'

/** The client's side of an upgrade. */
export interface UpgradeRequest {
  readonly request: ClientRequest
  readonly tunnel: ClientTunnel
}

const HANDSHAKE_MS = 15_000

interface Upgrade extends UpgradeRequest {
  readonly socket: Socket
  readonly context: RequestContext
  readonly call: Call
  readonly path: string
  readonly to: 'api' | 'rest'
}

/** Tunnels a WebSocket: the handshake is checked and gets the credential, what comes back is searched for it. */
export function handleUpgrade(context: RequestContext, runtime: ProviderRuntime, upgrade: UpgradeRequest): void {
  const { request, tunnel } = upgrade
  const { socket } = tunnel
  const call = openCall(context, runtime, request)
  call.transport = 'websocket'
  // From the first tick: a reset while the upstream is being dialled must not end the worker.
  socket.on('error', () => socket.destroy())
  if (request.head.upgrade?.toLowerCase() !== 'websocket') {
    refuse(context, { call, socket }, 'upgrade_unsupported')
    return
  }
  const admission = admitCall(context, call)
  const begin = (route: Awaited<typeof admission>): void => {
    if (route.kind === 'refuse') {
      refuse(context, { call, socket }, route.code)
      return
    }
    const started: Upgrade = { ...upgrade, socket, context, call, path: route.path, to: route.to }
    start(started).catch((error: unknown) => refuseFor(started, error))
  }
  if (admission instanceof Promise) void admission.then(begin)
  else begin(admission)
}

function refuseFor(upgrade: Upgrade, error: unknown): void {
  const isWithoutCredential = error instanceof CredentialUnavailableError
  refuse(upgrade.context, upgrade, isWithoutCredential ? 'credential_unavailable' : refusalOf(classifyFailure(error)))
}

async function start(upgrade: Upgrade): Promise<void> {
  const secret = (await upgrade.call.runtime.credentialFor(upgrade.to)?.current()) ?? null
  await open(upgrade, secret)
}

async function open(upgrade: Upgrade, secret: Secret | null): Promise<void> {
  const { call, context, to, socket } = upgrade
  const upstream = call.runtime.upstream(to)
  call.upstream = upstream.hostname
  const connection = await context.client.connect(upstream)
  if (socket.destroyed) {
    connection.destroy()
    endCall(context, call, 'client-aborted')
    return
  }
  sendHandshake(upgrade, { connection, secret })
}

interface HandshakeTarget {
  readonly connection: Socket
  readonly secret: Secret | null
}

function createHandshake(upgrade: Upgrade, { connection, secret }: HandshakeTarget): Handshake {
  const upstream = upgrade.call.runtime.upstream(upgrade.to)
  return httpRequest({
    method: 'GET',
    path: upstream.basePath + upgrade.path,
    createConnection: () => connection,
    setHost: false,
    headers: [
      'Host',
      renderAuthority(upstream),
      ...deriveHandshakeHeaders(upgrade, secret),
      'Connection',
      'Upgrade',
      'Upgrade',
      'websocket',
    ],
  })
}

function sendHandshake(upgrade: Upgrade, target: HandshakeTarget): void {
  const { call, context, socket } = upgrade
  const { connection, secret } = target
  const handshake = createHandshake(upgrade, target)
  const abandon = (): void => {
    handshake.destroy()
    connection.destroy()
  }
  socket.once('close', abandon)
  handshake.once('upgrade', (response, upstreamSocket, head) => {
    const needles = call.runtime.needles(secret, upgrade.to)
    // Nobody offered it: messages that are compressed all the same could not be searched.
    if (needles !== undefined && response.headers['sec-websocket-extensions'] !== undefined) {
      refuse(context, upgrade, 'upstream_encoding')
      connection.destroy()
      return
    }
    socket.off('close', abandon)
    accept(upgrade, response, needles)
    runTunnel(context, { call, tunnel: upgrade.tunnel }, { socket: upstreamSocket as Socket, head, needles })
  })
  let isAnswered = false
  handshake.once('response', (response) => {
    isAnswered = true
    handshake.setTimeout(0)
    replayOrRelay(upgrade, response, secret).then(
      (isReplayed) => isReplayed && socket.off('close', abandon),
      (error: unknown) => refuseFor(upgrade, error),
    )
  })
  handshake.on('error', (error) => {
    // The answer's own end tells it: a refusal would be written into the middle of what the client has got.
    if (isAnswered) return
    if (socket.destroyed) endCall(context, call, 'client-aborted')
    else refuse(context, upgrade, refusalOf(classifyFailure(error)))
  })
  // Clients wait 15 s for an upgrade before they fall back (measured with codex 0.169): an upstream gets no longer either.
  handshake.setTimeout(HANDSHAKE_MS, () => handshake.destroy(Object.assign(new Error('slow'), { code: 'ETIMEDOUT' })))
  handshake.end()
}

// An upgrade is a request: a refused credential is renewed and the handshake sent once more.
async function replayOrRelay(upgrade: Upgrade, response: IncomingMessage, used: Secret | null): Promise<boolean> {
  const { call, context, to } = upgrade
  const status = response.statusCode ?? 502
  const isRefused =
    call.replayed === undefined &&
    call.runtime.mayReplay &&
    judgeAnswer(context, call.runtime, { status, headers: response.headers }) === 'refresh'
  const recovery = isRefused ? await recover(context, call, { to, status, used }) : undefined
  if (recovery === undefined) {
    relayAnswer(upgrade, response, used)
    return false
  }
  call.replayed = recovery.name
  response.destroy()
  await open(upgrade, recovery.secret)
  return true
}

// Messages of an upstream that is lent something come in plain, so that an echo of it can be overwritten.
function deriveHandshakeHeaders({ call, to }: Upgrade, secret: Secret | null): string[] {
  const headers = deriveUpstreamHeaders(call.request.head.headers, call.runtime.injection(secret, to))
  if (call.runtime.needles(secret, to) === undefined) return headers
  return headers.filter((_, index) => headers[index - (index % 2)]?.toLowerCase() !== 'sec-websocket-extensions')
}

function accept({ call, socket }: Upgrade, response: IncomingMessage, needles: EchoNeedles | undefined): void {
  call.status = 101
  call.firstByteAt = performance.now()
  const shown = { reason: response.statusMessage ?? '', headers: response.rawHeaders }
  const head = renderClientHead(shown, { kind: 'pass' }, needles)
  socket.write(renderUpgradeHead(101, head, ['connection', 'Upgrade', 'upgrade', 'websocket']), 'latin1')
}

function relayAnswer(upgrade: Upgrade, response: IncomingMessage, secret: Secret | null): void {
  const { call, context, socket } = upgrade
  const needles = call.runtime.needles(secret, upgrade.to)
  const plan = planUpgradeAnswer({ response, needles })
  if (plan.kind === 'refuse') {
    refuse(context, upgrade, 'upstream_encoding')
    response.destroy()
    return
  }
  const onEnd = (outcome: Outcome): void => endCall(context, call, outcome)
  relayUpgradeAnswer({ call, socket, response, needles, onEnd }, plan)
}

function refuse(context: RequestContext, target: { readonly call: Call; readonly socket: Socket }, code: RefusalCode) {
  const { call, socket } = target
  const reply = renderRefusal(code, call.runtime.config.dialect)
  call.refusal = code
  call.status = reply.status
  if (!socket.destroyed) {
    const own = ['content-length', String(Buffer.byteLength(reply.body)), 'connection', 'close']
    socket.end(renderUpgradeHead(reply.status, reply, own) + reply.body)
  }
  endCall(context, call, 'refused')
}
