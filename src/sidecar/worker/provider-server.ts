import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { type RefusalCode, renderRefusal } from '../../core/refusals.ts'
import { ClientConnections } from './client/client-connections.ts'
import { handleRequest, type RequestContext } from './handle-request.ts'
import { handleUpgrade } from './handle-upgrade.ts'
import type { ProviderRuntime } from './provider-runtime.ts'

/** Longer than any client keeps its idle connections, so that none runs into a closing one (at least 90 s). */
const KEEP_ALIVE_MS = 120_000
const LIMITS = { headMs: 60_000, idleMs: KEEP_ALIVE_MS, lingerMs: 5000 }

/**
 * The HTTP/1.1 edge of one provider. It never listens: accepted sockets come from the supervisor. Everything that can go wrong
 * at the edge ends in an answer or a closed socket, never in an exception.
 */
export function createProviderServer(context: RequestContext, runtime: ProviderRuntime): (socket: Socket) => void {
  const connections = new ClientConnections(
    {
      keepAliveSeconds: KEEP_ALIVE_MS / 1000,
      onRequest: (request, answer) => handleRequest(context, runtime, { request, answer }),
      onUpgrade: (request, tunnel) => handleUpgrade(context, runtime, { request, tunnel }),
      renderRaw: (code, status) => renderRaw(runtime, code, status),
    },
    LIMITS,
  )
  return (socket) => void connections.accept(socket)
}

function renderRaw(runtime: ProviderRuntime, code: RefusalCode, given?: number): string {
  const reply = renderRefusal(code, runtime.config.dialect)
  const status = given ?? reply.status
  const headers = [...reply.headers, 'content-length', String(Buffer.byteLength(reply.body)), 'connection', 'close']
  let text = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Refused'}\r\n`
  for (let index = 0; index + 1 < headers.length; index += 2) text += `${headers[index]}: ${headers[index + 1]}\r\n`
  return `${text}\r\n${reply.body}`
}
