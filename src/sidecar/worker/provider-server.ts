import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { type RefusalCode, renderRefusal } from '../../core/refusals.ts'
import { handleRequest, type RequestContext } from './handle-request.ts'
import { handleUpgrade } from './handle-upgrade.ts'
import type { ProviderRuntime } from './provider-runtime.ts'

/** Longer than any client keeps its idle connections, so that none runs into a closing one (at least 90 s). */
const KEEP_ALIVE_MS = 120_000
const HEADERS_TIMEOUT_MS = 60_000
/** Larger reads make large uploads up to a third faster (measured). */
const STREAM_BUFFER_BYTES = 256 * 1024
const MAX_HEADER_BYTES = 64 * 1024

/**
 * The HTTP/1.1 edge of one provider. It never listens: accepted sockets come from the supervisor. Everything that can go wrong
 * at the edge ends in an answer or a closed socket, never in an exception.
 */
export function createProviderServer(context: RequestContext, runtime: ProviderRuntime): Server {
  const server = createServer({
    keepAliveTimeout: KEEP_ALIVE_MS,
    headersTimeout: HEADERS_TIMEOUT_MS,
    requestTimeout: 0,
    maxHeaderSize: MAX_HEADER_BYTES,
    requireHostHeader: false,
    insecureHTTPParser: false,
    noDelay: true,
    highWaterMark: STREAM_BUFFER_BYTES,
  })
  const refuseRaw = (socket: Duplex, code: RefusalCode): void => sendRaw(socket, code, runtime)
  server.on('request', (request, response) => handleRequest(context, runtime, { request, response }))
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    handleUpgrade(context, runtime, { request, socket: socket as Socket, head })
  })
  server.on('connect', (_request: IncomingMessage, socket: Duplex) => refuseRaw(socket, 'bad_request_target'))
  server.on('clientError', (_error, socket) => {
    if (isAnswering(socket)) socket.destroy()
    else refuseRaw(socket, 'malformed_request')
  })
  // Sockets are handed in, so the event that starts Node's slow-client timers has to be given by hand.
  server.emit('listening')
  return server
}

// Behind the head of an answer that is under way, a refusal would be read as a part of that answer.
function isAnswering(socket: Duplex): boolean {
  const { _httpMessage: answer } = socket as Duplex & { readonly _httpMessage?: ServerResponse | null }
  return answer?.headersSent === true
}

function sendRaw(socket: Duplex, code: RefusalCode, runtime: ProviderRuntime): void {
  socket.on('error', () => undefined)
  if (!socket.writable) {
    socket.destroy()
    return
  }
  const reply = renderRefusal(code, runtime.config.dialect)
  const headers = [...reply.headers, 'content-length', String(Buffer.byteLength(reply.body)), 'connection', 'close']
  let text = `HTTP/1.1 ${reply.status} Refused\r\n`
  for (let index = 0; index + 1 < headers.length; index += 2) text += `${headers[index]}: ${headers[index + 1]}\r\n`
  socket.end(`${text}\r\n${reply.body}`)
}
