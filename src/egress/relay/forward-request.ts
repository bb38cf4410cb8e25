import { type ClientRequest, type IncomingMessage, type ServerResponse, request as startRequest } from 'node:http'
import type { Socket } from 'node:net'
import { pipeline } from 'node:stream'
import { renderHost } from '../../core/hostname.ts'
import { deriveFailure } from './attempt.ts'
import type { AllowedRequest } from './decide-request.ts'
import { DialError, toDialError } from './dial-error.ts'
import type { DialTarget } from './dialer.ts'
import { type Reaching, reach } from './pass-through.ts'
import { renderProxyAuthorization } from './proxy-tunnel.ts'
import type { RelayContext } from './relay-context.ts'

export interface HttpExchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
}

/** Of the answer, as of the request: what belongs to one hop only. */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-connection',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** Sends a request over a connection made for it alone and streams both bodies. */
export async function forwardRequest(
  context: RelayContext,
  allowed: AllowedRequest,
  exchange: HttpExchange,
): Promise<void> {
  const { attempt, outcome } = allowed
  const { response } = exchange
  const target = await allowed.findTarget()
  const proxy = context.dialer.proxyFor(target.host, target.port)
  const wish = { client: exchange.request.socket, isStream: true }
  const dial: Reaching['dial'] = (settle) => {
    if (proxy === undefined) context.dialer.dial(target, wish, settle)
    else context.dialer.dialProxy(proxy, wish).then(settle, (error) => settle(toDialError(error)))
  }
  const onFailure = (error: DialError): void => sendFailure(response, error)
  reach({ client: wish.client, attempt, outcome, onFailure, dial }, (far) =>
    sendRequest(allowed, exchange, { target, socket: far.socket, proxy, method: exchange.request.method ?? '' }),
  )
}

function sendRequest(allowed: AllowedRequest, { request, response }: HttpExchange, via: Via): void {
  const { attempt, outcome } = allowed
  const upstream = createUpstreamRequest(allowed, via)
  response.once('close', () => {
    via.socket.destroy()
    attempt.end(outcome)
  })
  upstream.on('error', (error) => {
    attempt.end(deriveFailure(outcome, toDialError(error)))
    sendFailure(response, toDialError(error))
  })
  upstream.on('continue', () => response.writeContinue())
  upstream.on('response', (answer) => {
    try {
      relayAnswer(answer, response)
    } catch {
      // Node's parser takes status codes and reasons that its own answers may not have.
      const failure = new DialError({ failure: 'EPROTO' })
      attempt.end(deriveFailure(outcome, failure))
      via.socket.destroy()
      sendFailure(response, failure)
    }
  })
  sendBody(allowed, request, upstream)
}

interface Via {
  readonly target: DialTarget
  readonly socket: Socket
  readonly proxy: URL | undefined
  readonly method: string
}

/** Plain HTTP goes through a corporate proxy in absolute form: many refuse CONNECT to any port but 443. */
function createUpstreamRequest({ reading }: AllowedRequest, { target, socket, proxy, method }: Via): ClientRequest {
  const headers = [...reading.headers]
  if (proxy !== undefined) {
    headers.push(...renderProxyAuthorization(proxy).flatMap((line) => ['Proxy-Authorization', line.slice(21)]))
  }
  const port = reading.port === 80 ? '' : `:${reading.port}`
  const path = proxy === undefined ? reading.path : `http://${renderHost(reading.name)}${port}${reading.path}`
  return startRequest({
    method,
    path,
    headers,
    host: target.host,
    setHost: false,
    insecureHTTPParser: false,
    createConnection: () => socket,
  })
}

function sendBody({ reading }: AllowedRequest, request: IncomingMessage, upstream: ClientRequest): void {
  if (!reading.hasBody) {
    upstream.end()
    return
  }
  // A client that waits for «100 Continue» sends its body only after our head has gone out.
  upstream.flushHeaders()
  pipeline(request, upstream, () => undefined)
}

function relayAnswer(answer: IncomingMessage, response: ServerResponse): void {
  const dropped = new Set([...HOP_BY_HOP, ...(answer.headers.connection ?? '').toLowerCase().split(/[\s,]+/)])
  const isChunked = answer.headers['transfer-encoding'] !== undefined
  if (isChunked) dropped.add('content-length')
  const headers: string[] = []
  for (let at = 0; at + 1 < answer.rawHeaders.length; at += 2) {
    const [name = '', value = ''] = answer.rawHeaders.slice(at, at + 2)
    if (!dropped.has(name.toLowerCase())) headers.push(name, value)
  }
  response.sendDate = false
  response.writeHead(answer.statusCode ?? 502, answer.statusMessage ?? '', headers)
  response.flushHeaders()
  pipeline(answer, response, () => undefined)
}

function sendFailure(response: ServerResponse, { reason, failure }: DialError): void {
  if (response.destroyed) return
  if (response.headersSent) {
    // A cut stays a cut.
    response.destroy()
    return
  }
  response.shouldKeepAlive = false
  // The reason that was refused would stand there still.
  response.writeHead(502, 'Bad Gateway', { 'content-type': 'text/plain; charset=utf-8', connection: 'close' })
  response.end(`setup-agent-proxy: the host is allowed and could not be reached (${reason ?? failure}).\n`)
}
