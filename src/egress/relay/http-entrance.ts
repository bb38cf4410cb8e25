import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { explainBlock } from '../../core/egress-wire/explain-block.ts'
import type { HttpExpectation } from '../../core/egress-wire/http-request.ts'
import { createAttempt } from './attempt.ts'
import { awaitAttribution, type Client } from './client.ts'
import { closePolitely } from './close-politely.ts'
import { decideRequest, type HttpConnection } from './decide-request.ts'
import { readErrorCode } from './dial-error.ts'
import { forwardRequest } from './forward-request.ts'
import { forwardUpgrade } from './forward-upgrade.ts'
import type { RelayContext } from './relay-context.ts'
import { renderPlainAnswer } from './render-plain-answer.ts'

/** The HTTP parser, shared by every way in which plain HTTP comes. */
export interface HttpEntrance {
  /** Takes over a connection. */
  serve(client: Client, opening: HttpOpening): void
}

export interface HttpOpening extends HttpExpectation {
  /** What has been read of the connection. */
  readonly first: Buffer
}

interface LiveConnection extends HttpConnection {
  /** Ends the connection when no request is whole in time. */
  timer: NodeJS.Timeout | undefined
  /** Requests that are being answered; a client may send several in a row. */
  running: number
  /** A refusal closes the connection: what was sent behind it is not looked at, be it no HTTP at all. */
  isClosing: boolean
}

const MAX_HEAD = 32 * 1024
const isWebSocket = (message: IncomingMessage): boolean => message.headers.upgrade?.toLowerCase() === 'websocket'

/**
 * Node's own parser in its strict form, for requests only: it refuses bare line feeds, folded lines, two lengths, a length beside
 * chunks and malformed chunks. Each request is decided by itself and sent on over a connection of its own.
 */
export function createHttpEntrance(context: RelayContext): HttpEntrance {
  const connections = new WeakMap<object, LiveConnection>()
  const server = createServer({
    insecureHTTPParser: false,
    maxHeaderSize: MAX_HEAD,
    requireHostHeader: false,
    shouldUpgradeCallback: isWebSocket,
  })
  // Silence is judged here: an answer may take its time, a request may not. A client that has said everything may close its
  // half and wait for the answer.
  Object.assign(server, {
    timeout: 0,
    keepAliveTimeout: 0,
    headersTimeout: 0,
    requestTimeout: 0,
    httpAllowHalfOpen: true,
  })
  listen(context, server, (socket) => connections.get(socket))
  return {
    serve(client, { first, ...expected }) {
      const { socket } = client
      if (socket.destroyed) return
      const connection: LiveConnection = { client, expected, timer: undefined, running: 0, isClosing: false }
      connections.set(socket, connection)
      socket.once('close', () => clearTimeout(connection.timer))
      arm(connection, context.limits.firstBytesMs)
      if (first.length > 0) socket.unshift(first)
      server.emit('connection', socket)
      socket.resume()
    },
  }
}

function arm(connection: LiveConnection, ms: number): void {
  clearTimeout(connection.timer)
  connection.timer = setTimeout(() => connection.client.socket.destroy(), ms).unref()
}

type FindConnection = (socket: object) => LiveConnection | undefined

function listen(context: RelayContext, server: Server, find: FindConnection): void {
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    const connection = find(request.socket)
    if (connection === undefined) request.socket.destroy()
    else answerRequest(context, connection, { request, response })
  }
  server.on('request', onRequest)
  // With a listener Node leaves the answer to us: the far side itself says whether it wants the body.
  server.on('checkContinue', onRequest)
  server.on('upgrade', (request, socket, head) => {
    const connection = find(socket)
    if (connection === undefined) socket.destroy()
    else answerUpgrade(context, connection, { request, head })
  })
  // Without a listener Node would close without a word and without a line in the log.
  server.on('connect', (_request, socket) => void refuseBroken(context, find(socket)))
  server.on('clientError', (error, socket) => {
    if (readErrorCode(error)?.startsWith('HPE_') === true) void refuseBroken(context, find(socket))
    else socket.destroy()
  })
}

interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
}

function answerRequest(context: RelayContext, connection: LiveConnection, { request, response }: Exchange): void {
  if (connection.isClosing) {
    request.resume()
    return
  }
  clearTimeout(connection.timer)
  connection.running += 1
  response.once('close', () => {
    connection.running -= 1
    if (connection.running === 0) arm(connection, context.limits.idleRequestMs)
  })
  const decided = decideRequest(context, connection, request)
  if (decided.kind === 'allowed') {
    void forwardRequest(context, decided.allowed, { request, response })
    return
  }
  connection.isClosing = true
  request.resume()
  void awaitAttribution(connection.client).then(() => sendRefusal(response, decided.text))
}

function sendRefusal(response: ServerResponse, text: string): void {
  response.shouldKeepAlive = false
  response.writeHead(403, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' })
  response.end(text)
}

interface Upgrade {
  readonly request: IncomingMessage
  readonly head: Buffer
}

function answerUpgrade(context: RelayContext, connection: LiveConnection, { request, head }: Upgrade): void {
  clearTimeout(connection.timer)
  const { socket } = connection.client
  const decided = decideRequest(context, connection, request)
  if (decided.kind === 'refused') {
    const answer = renderPlainAnswer(403, decided.text)
    void awaitAttribution(connection.client).then(() => closePolitely(socket, answer))
  } else void forwardUpgrade(context, decided.allowed, { request, client: socket, head })
}

async function refuseBroken(context: RelayContext, connection: LiveConnection | undefined): Promise<void> {
  if (connection === undefined || connection.isClosing) return
  connection.isClosing = true
  const { client, expected } = connection
  const attempt = createAttempt({ client, protocol: 'http', isRequest: true }, context.report)
  const { original } = await awaitAttribution(client)
  attempt.host = context.names.nameOf(original?.address ?? '') ?? expected.name
  attempt.end({ verdict: 'blocked', reason: 'not-http' })
  const text = explainBlock({ host: null, port: null, scheme: 'http', reason: 'not-http' })
  // In the middle of another answer, ours would be taken for a part of it.
  if (connection.running > 0) client.socket.destroy()
  else closePolitely(client.socket as Socket, renderPlainAnswer(400, text))
}
