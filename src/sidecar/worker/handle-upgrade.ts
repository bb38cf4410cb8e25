import { request as httpRequest, type IncomingMessage, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { listSecretTexts } from '../../core/credentials/aws-keys.ts'
import { type RefusalCode, renderRefusal } from '../../core/refusals.ts'
import type { Secret } from '../../core/secret.ts'
import { renderAuthority } from '../../core/upstream.ts'
import { deriveClientHeaders, deriveUpstreamHeaders } from '../../core/upstream-headers.ts'
import type { Call } from './call.ts'
import type { ClientRequest } from './client/client-request.ts'
import type { ClientTunnel } from './client/client-tunnel.ts'
import { CredentialUnavailableError } from './credentials/credential.ts'
import { createEchoScrubber } from './echo-scrubber.ts'
import { classifyFailure, refusalOf } from './failure.ts'
import { admitCall, endCall, judgeAnswer, openCall, type RequestContext, recover } from './handle-request.ts'
import type { MeterReading } from './meter.ts'
import type { ProviderRuntime } from './provider-runtime.ts'
import { spliceSockets } from './splice-sockets.ts'
import { createTunnelMeter } from './tunnel-meter.ts'

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

/** Tunnels a WebSocket: the handshake is checked and gets the credential, the bytes behind it pass untouched. */
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
  const route = admitCall(context, call)
  if (route.kind === 'refuse') {
    refuse(context, { call, socket }, route.code)
    return
  }
  const started: Upgrade = { ...upgrade, socket, context, call, path: route.path, to: route.to }
  start(started).catch((error: unknown) => refuseFor(started, error))
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

function sendHandshake(
  upgrade: Upgrade,
  target: { readonly connection: Socket; readonly secret: Secret | null },
): void {
  const { call, context, socket } = upgrade
  const { connection, secret } = target
  const upstream = call.runtime.upstream(upgrade.to)
  const handshake = httpRequest({
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
  const abandon = (): void => {
    handshake.destroy()
    connection.destroy()
  }
  socket.once('close', abandon)
  handshake.once('upgrade', (response, upstreamSocket, head) => {
    socket.off('close', abandon)
    call.status = 101
    call.firstByteAt = performance.now()
    socket.write(renderHead(101, response.rawHeaders, ['connection', 'Upgrade', 'upgrade', 'websocket']))
    runTunnel(upgrade, { socket: upstreamSocket as Socket, head, secret })
  })
  handshake.once('response', (response) => {
    repeatOrRelay(upgrade, response, secret).then(
      (isRepeated) => isRepeated && socket.off('close', abandon),
      (error: unknown) => refuseFor(upgrade, error),
    )
  })
  handshake.once('error', (error) => {
    if (socket.destroyed) endCall(context, call, 'client-aborted')
    else refuse(context, upgrade, refusalOf(classifyFailure(error)))
  })
  // Clients wait 15 s for an upgrade before they fall back (measured with codex 0.169): an upstream gets no longer either.
  handshake.setTimeout(HANDSHAKE_MS, () => handshake.destroy(Object.assign(new Error('slow'), { code: 'ETIMEDOUT' })))
  handshake.end()
}

// An upgrade is a request: a refused credential is renewed and the handshake sent once more.
async function repeatOrRelay(upgrade: Upgrade, response: IncomingMessage, used: Secret | null): Promise<boolean> {
  const { call, context, to } = upgrade
  const status = response.statusCode ?? 502
  const isRefused =
    call.replayed === undefined &&
    call.runtime.mayReplay &&
    judgeAnswer(context, call.runtime, { status, headers: response.headers }) === 'refresh'
  const recovery = isRefused ? await recover(context, call, { to, status, used }) : undefined
  if (recovery === undefined) {
    relayAnswer(upgrade, response)
    return false
  }
  call.replayed = recovery.name
  response.destroy()
  await open(upgrade, recovery.secret)
  return true
}

// Frames of an upstream that the user named are read in plain, so that an echoed credential can be overwritten.
function deriveHandshakeHeaders({ call, to }: Upgrade, secret: Secret | null): string[] {
  const headers = deriveUpstreamHeaders(call.request.head.headers, call.runtime.injection(secret, to))
  if (!call.runtime.config.upstreamIsExplicit) return headers
  return headers.filter((_, index) => headers[index - (index % 2)]?.toLowerCase() !== 'sec-websocket-extensions')
}

interface UpstreamSide {
  readonly socket: Socket
  readonly head: Buffer
  readonly secret: Secret | null
}

function runTunnel(upgrade: Upgrade, upstream: UpstreamSide): void {
  const { call, context, socket } = upgrade
  // What the responses use is booked while they pass; an idle tunnel reserves nothing.
  call.isMetered = false
  context.limits.settle(undefined)
  const meter = createTunnelMeter({
    onUsage: (usage, isFurther) => {
      const refusal = context.limits.book(usage, isFurther)
      // The budget holds inside a connection too: end it, and the next request is refused with the reason.
      if (refusal !== undefined) socket.destroy()
    },
  })
  if (upstream.head.length > 0) upstream.socket.unshift(upstream.head)
  const fromClient = (chunk: Buffer): Buffer => {
    call.bytesIn += chunk.length
    meter.fromClient(chunk)
    return chunk
  }
  const texts = upstream.secret === null ? [] : listSecretTexts(upstream.secret)
  const scrubber = createEchoScrubber(texts, (bytes) => void (socket.writable && socket.write(bytes)))
  const fromUpstream = (chunk: Buffer): Buffer => {
    call.bytesOut += chunk.length
    meter.fromUpstream(chunk)
    return scrubber.push(chunk)
  }
  const client = {
    socket,
    onBytes: fromClient,
    read: (onChunk: (chunk: Buffer) => void) => upgrade.tunnel.read(onChunk),
  }
  spliceSockets(client, { socket: upstream.socket, onBytes: fromUpstream }, () => {
    scrubber.end()
    meter.end((reading) => endTunnel(upgrade, reading))
  })
}

function endTunnel({ call, context }: Upgrade, reading: MeterReading): void {
  call.tokens = reading.usage
  call.model = reading.model
  endCall(context, call, 'complete')
}

/** The upstream answered the upgrade with a plain response: relay it, so that the client falls back at once. */
function relayAnswer(upgrade: Upgrade, response: IncomingMessage): void {
  const { call, context, socket } = upgrade
  call.status = response.statusCode ?? 502
  call.firstByteAt = performance.now()
  socket.write(renderHead(call.status, response.rawHeaders, ['connection', 'close']))
  response.on('data', (chunk: Buffer) => {
    call.bytesOut += chunk.length
  })
  response.once('close', () => {
    // Cut off in the middle: the client's answer must not look whole, nor wait for the rest.
    if (!response.complete) socket.destroy()
    endCall(context, call, response.complete ? 'complete' : 'upstream-cut')
  })
  response.pipe(socket)
}

function refuse(context: RequestContext, target: { readonly call: Call; readonly socket: Socket }, code: RefusalCode) {
  const { call, socket } = target
  const reply = renderRefusal(code, call.runtime.config.dialect)
  call.refusal = code
  call.status = reply.status
  if (!socket.destroyed) {
    const length = String(Buffer.byteLength(reply.body))
    socket.end(
      `${renderLines(reply.status, [...reply.headers, 'content-length', length, 'connection', 'close'])}${reply.body}`,
    )
  }
  endCall(context, call, 'refused')
}

function renderHead(status: number, headers: readonly string[], extra: readonly string[]): string {
  return renderLines(status, [...deriveClientHeaders(headers), ...extra])
}

function renderLines(status: number, flat: readonly string[]): string {
  let text = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Unknown'}\r\n`
  for (let index = 0; index + 1 < flat.length; index += 2) text += `${flat[index]}: ${flat[index + 1]}\r\n`
  return `${text}\r\n`
}
