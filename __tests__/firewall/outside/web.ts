import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { Duplex } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type { TLSSocket } from 'node:tls'
import type { TlsMaterial } from '../../fakes/certificate.ts'
import { createFrameParser, deriveAcceptKey, OPCODE, renderFrame } from '../../fakes/websocket-frames.ts'
import type { Receipt } from './receipt.ts'
import { serveGit, servePackages } from './repositories.ts'

export const BIG_BYTES = 20 * 1024 * 1024
const HTTPS_PORTS = [443, 8443]
const HTTP_PORTS = [80, 8080, 32526]
// A marker stands in the first bytes or nowhere; bulk bodies are not kept.
const KEPT_BODY = 4096

/** Every web server of the world: one program that answers for all names and addresses, and notes what it was asked. */
export async function createWebServers(
  record: (receipt: Receipt) => void,
  material: TlsMaterial,
  repositories: string,
): Promise<void> {
  const open = async (port: number, isSecure: boolean): Promise<void> => {
    const server = isSecure ? createSecureServer(material) : createServer()
    const name = isSecure ? 'https' : 'http'
    // Hostile clients reset at any moment, also after an upgrade, when nobody else listens for errors.
    server.on('connection', (socket) => socket.on('error', () => socket.destroy()))
    server.on('secureConnection', (socket: TLSSocket) => {
      record({ server: 'tls', text: '', sni: socket.servername || '', address: socket.localAddress })
    })
    server.on('request', (request, response) => {
      void receive(name, request, record)
        .then((body) => answer(request, body, { response, repositories }))
        .catch(() => response.destroy())
    })
    server.on('upgrade', (request, socket) => {
      record(renderReceipt(name, request, ''))
      echoFrames(request, socket)
    })
    server.on('connect', (request, socket) => {
      socket.on('error', () => socket.destroy())
      record(renderReceipt(name, request, ''))
      socket.end('HTTP/1.1 200 OK\r\n\r\n')
    })
    server.on('clientError', (error: Error & { rawPacket?: Buffer }, socket: Duplex) => {
      record({ server: `${name}-malformed`, text: error.rawPacket?.toString('latin1') ?? '' })
      socket.destroy()
    })
    server.keepAliveTimeout = 60_000
    server.listen(port, '::')
    await once(server, 'listening')
  }
  for (const port of HTTPS_PORTS) await open(port, true)
  for (const port of HTTP_PORTS) await open(port, false)
}

async function receive(server: string, request: IncomingMessage, record: (receipt: Receipt) => void): Promise<Body> {
  const hash = createHash('sha256')
  const start: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    if (size < KEPT_BODY) start.push(chunk.subarray(0, KEPT_BODY))
    size += chunk.length
    hash.update(chunk)
  }
  const text = Buffer.concat(start)
  record(renderReceipt(server, request, text.toString('latin1')))
  return { size, start: text, sha256: hash.digest('hex') }
}

interface Body {
  readonly size: number
  readonly start: Buffer
  readonly sha256: string
}

function renderReceipt(server: string, request: IncomingMessage, body: string): Receipt {
  const socket = request.socket as Partial<TLSSocket>
  const head = `${request.method} ${request.url}\n${request.rawHeaders.join('\n')}`
  return {
    server,
    text: `${head}\n${body}`,
    host: request.headers.host,
    sni: socket.servername || undefined,
    address: socket.localAddress,
  }
}

async function answer(
  request: IncomingMessage,
  body: Body,
  { response, repositories }: { readonly response: ServerResponse; readonly repositories: string },
): Promise<void> {
  const host = request.headers.host ?? ''
  const url = new URL(request.url ?? '/', 'http://any')
  if (host === 'github.com') return serveGit(repositories, { request, response, body: body.start })
  if (host.startsWith('made-up.')) return servePackages(repositories, url.pathname, response)
  if (host.startsWith('api.model.')) return serveModel(request, response)
  if (url.pathname === '/big') return sendBulk(response)
  if (url.pathname === '/upload') return void response.end(`${body.size} ${body.sha256}\n`)
  if (url.pathname === '/events') return sendEvents(response)
  response.setHeader('content-type', 'text/plain')
  response.end(`outside ${host} ${url.pathname}\n`)
}

/** The whole of /big is this byte over and over, so that both ends can derive its hash. */
export function renderBulk(): Buffer {
  return Buffer.alloc(BIG_BYTES, 'setup-agent-proxy ')
}

function sendBulk(response: ServerResponse): void {
  response.setHeader('content-length', BIG_BYTES)
  response.end(renderBulk())
}

async function sendEvents(response: ServerResponse): Promise<void> {
  response.setHeader('content-type', 'text/event-stream')
  for (let event = 0; event < 5; event += 1) {
    response.write(`data: ${event} ${Date.now()}\n\n`)
    await sleep(250)
  }
  response.end()
}

function serveModel(request: IncomingMessage, response: ServerResponse): void {
  const isKnown = /^Bearer sk-/.test(request.headers.authorization ?? '')
  response.writeHead(isKnown ? 200 : 401, { 'content-type': 'application/json' })
  response.end(
    JSON.stringify(isKnown ? { id: 'resp_1', output_text: 'model-answer' } : { error: { message: 'no key' } }),
  )
}

function echoFrames(request: IncomingMessage, socket: Duplex): void {
  const key = String(request.headers['sec-websocket-key'])
  socket.on('error', () => socket.destroy())
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: ${deriveAcceptKey(key)}\r\n\r\n`,
  )
  const parse = createFrameParser()
  socket.on('data', (chunk: Buffer) => {
    for (const frame of parse(chunk)) {
      socket.write(renderFrame(frame.opcode, frame.payload))
      if (frame.opcode === OPCODE.close) socket.end()
    }
  })
}
