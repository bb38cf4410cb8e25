import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { createFrameParser, deriveAcceptKey, OPCODE, renderFrame } from '../../__tests__/fakes/websocket-frames.ts'
import { createBytes, digest, renderEvents } from './shot.ts'

export interface SoakUpstream extends AsyncDisposable {
  readonly origin: string
  /** How often each id was served with a good credential. */
  readonly served: ReadonlyMap<string, number>
  /** How often each id came with a credential that is over. */
  readonly refused: ReadonlyMap<string, number>
}

export interface SoakUpstreamOptions {
  readonly accepts: (token: string) => boolean
}

/** Short, so that idle connections are gone soon after the traffic, and reuse near the end of a promise happens all the time. */
const KEEP_ALIVE_MS = 3000

/** An upstream for all kinds of requests: `/v1/<kind>/<id>?size=<n>`. It counts what it serves, and answers 401 to old tokens. */
export async function createSoakUpstream({ accepts }: SoakUpstreamOptions): Promise<SoakUpstream> {
  const served = new Map<string, number>()
  const refused = new Map<string, number>()
  const sockets = new Set<Socket>()
  const admit = (request: IncomingMessage): boolean => {
    const isGood = accepts((request.headers.authorization ?? '').replace('Bearer ', ''))
    const { id } = parseTarget(request.url)
    const counts = isGood ? served : refused
    counts.set(id, (counts.get(id) ?? 0) + 1)
    return isGood
  }
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS, requestTimeout: 0, headersTimeout: 0 })
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
  })
  server.on('request', (request, response) => {
    request.on('error', () => undefined)
    response.on('error', () => undefined)
    if (admit(request)) serve(request, response).catch(() => response.destroy())
    else refuse(request, response)
  })
  server.on('upgrade', (request, socket) => {
    socket.on('error', () => undefined)
    if (admit(request)) echoFrames(request, socket as Socket)
    else socket.end('HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\nconnection: close\r\n\r\n')
  })
  server.listen({ port: 0, host: '127.0.0.1', backlog: 1024 })
  await once(server, 'listening')
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    served,
    refused,
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

function parseTarget(url = ''): { readonly kind: string; readonly id: string; readonly size: number } {
  const { pathname, searchParams } = new URL(url, 'http://upstream')
  const [, , kind = '', id = ''] = pathname.split('/')
  return { kind, id, size: Number(searchParams.get('size') ?? 0) }
}

function refuse(request: IncomingMessage, response: ServerResponse): void {
  request.resume()
  response.writeHead(401, { 'content-type': 'application/json' }).end('{"error":{"message":"expired"}}')
}

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { kind, id, size } = parseTarget(request.url)
  switch (kind) {
    case 'stream':
      request.resume()
      await sendEvents(response, renderEvents(id, size))
      return
    case 'download':
      request.resume()
      response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': size })
      response.end(createBytes(id, size))
      return
    case 'reset-early':
      await readAll(request)
      request.socket.resetAndDestroy()
      return
    case 'reset-late':
      request.resume()
      response.writeHead(200, { 'content-type': 'text/plain' })
      await new Promise<void>((resolve) => response.write('half', () => resolve()))
      await pause(5)
      request.socket.resetAndDestroy()
      return
    default:
      await answerDigest(request, response)
  }
}

async function answerDigest(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await readAll(request)
  const usage = { prompt_tokens: 3, completion_tokens: 2 }
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end(JSON.stringify({ model: 'soak', digest: digest(body), usage }))
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

async function sendEvents(response: ServerResponse, events: readonly string[]): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  for (const event of events) {
    if (response.destroyed) return
    response.write(event)
    await new Promise(setImmediate)
  }
  response.end()
}

function echoFrames(request: IncomingMessage, socket: Socket): void {
  const accept = deriveAcceptKey(request.headers['sec-websocket-key'] ?? '')
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  )
  const parse = createFrameParser()
  socket.on('data', (chunk: Buffer) => {
    for (const { opcode, payload } of parse(chunk)) {
      if (opcode === OPCODE.close) socket.end(renderFrame(OPCODE.close, payload))
      else socket.write(renderFrame(opcode, payload))
    }
  })
}
