import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import type { TlsMaterial } from '../fakes/certificate.ts'

export interface UpstreamScript {
  readonly request?: (request: IncomingMessage, response: ServerResponse) => void
  readonly upgrade?: (request: IncomingMessage, socket: Duplex, head: Buffer) => void
  /** Serves TLS with this certificate. */
  readonly tls?: TlsMaterial
}

export interface ScriptedUpstream extends AsyncDisposable {
  readonly port: number
  readonly origin: string
  /** Heads in the order of arrival. */
  readonly heads: readonly IncomingMessage[]
  /** Resolves with the n-th head, counted from 1. */
  readonly waitForHead: (count?: number) => Promise<IncomingMessage>
  readonly connectionCount: () => number
}

/** An upstream whose every answer is a function of the test: for what the fake providers do not say. */
export async function createScriptedUpstream(script: UpstreamScript): Promise<ScriptedUpstream> {
  const heads: IncomingMessage[] = []
  const sockets = new Set<Duplex>()
  let connections = 0
  const server: Server =
    script.tls === undefined ? createServer(OPTIONS) : createHttpsServer({ ...OPTIONS, ...script.tls })
  server.on('connection', (socket: Duplex) => {
    connections += 1
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
  })
  const arrive = (request: IncomingMessage): void => {
    heads.push(request)
    request.on('error', () => undefined)
    server.emit('arrival')
  }
  server.on('request', (request, response) => {
    arrive(request)
    response.on('error', () => undefined)
    if (script.request === undefined) response.end('ok')
    else script.request(request, response)
  })
  server.on('upgrade', (request, socket, head) => {
    arrive(request)
    socket.on('error', () => undefined)
    script.upgrade?.(request, socket, head)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    port,
    origin: `${script.tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    heads,
    connectionCount: () => connections,
    waitForHead: async (count = 1) => {
      for (;;) {
        const head = heads[count - 1]
        if (head !== undefined) return head
        await once(server, 'arrival')
      }
    },
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

const OPTIONS = { keepAliveTimeout: 120_000, requestTimeout: 0, headersTimeout: 0 }
