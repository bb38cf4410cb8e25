import { once } from 'node:events'
import {
  createServer as createHttpServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { type AddressInfo, connect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { sharedAuthority } from './certificate.ts'

export interface CorporateProxyOptions {
  /** `user:password` the proxy wants as Basic; absent = open. */
  readonly credentials?: string
  /** The proxy itself speaks TLS (`https://proxy`), with the shared throw-away CA. */
  readonly tls?: boolean
  /** Refuses every tunnel with this status, e.g. 403. */
  readonly refuseWith?: number
  /** Where a target really lies, e.g. `{ 'api.openai.com:443': '127.0.0.1:4711' }`; others are dialled as named. */
  readonly routes?: Readonly<Record<string, string>>
  /** Default 127.0.0.1 and a free port. */
  readonly address?: string
  readonly port?: number
}

export interface ProxiedTarget {
  readonly method: string
  /** `host:port` of a CONNECT, or the absolute URL of a plain request. */
  readonly target: string
  readonly authorization: string | undefined
  readonly status: number
}

export interface CorporateProxy extends AsyncDisposable {
  readonly port: number
  /** `http(s)://[user:password@]127.0.0.1:port`, as HTTPS_PROXY takes it. */
  readonly url: string
  readonly targets: readonly ProxiedTarget[]
  readonly close: () => Promise<void>
}

/** A forward proxy as companies run them: CONNECT and absolute-form requests, with or without Basic. Records every target. */
export async function createCorporateProxy(options: CorporateProxyOptions = {}): Promise<CorporateProxy> {
  const targets: ProxiedTarget[] = []
  const sockets = new Set<Duplex>()
  const server = options.tls
    ? createHttpsServer(sharedAuthority().issue(['127.0.0.1', 'localhost']))
    : createHttpServer()
  const world: World = { options, targets, sockets }
  server.on('connection', (socket: Socket) => keep(sockets, socket))
  server.on('connect', (request, socket, head) => tunnel(world, request, { socket, head }))
  server.on('request', (request, response) => forward(world, request, response))
  server.listen(options.port ?? 0, options.address ?? '127.0.0.1')
  await once(server, 'listening')
  return renderProxy(world, server)
}

interface World {
  readonly options: CorporateProxyOptions
  readonly targets: ProxiedTarget[]
  readonly sockets: Set<Duplex>
}

function renderProxy({ options, targets, sockets }: World, server: Server): CorporateProxy {
  const { port } = server.address() as AddressInfo
  const user = options.credentials === undefined ? '' : `${options.credentials}@`
  const close = async (): Promise<void> => {
    if (!server.listening) return
    const closed = once(server, 'close')
    server.close()
    for (const socket of sockets) socket.destroy()
    await closed
  }
  return {
    port,
    url: `${options.tls ? 'https' : 'http'}://${user}127.0.0.1:${port}`,
    targets,
    close,
    [Symbol.asyncDispose]: close,
  }
}

function keep(sockets: Set<Duplex>, socket: Duplex): void {
  sockets.add(socket)
  socket.on('close', () => sockets.delete(socket))
  socket.on('error', () => socket.destroy())
}

function decideStatus({ options, targets }: World, request: IncomingMessage): number {
  const authorization = request.headers['proxy-authorization']
  const expected =
    options.credentials === undefined
      ? undefined
      : `Basic ${Buffer.from(decodeURIComponent(options.credentials)).toString('base64')}`
  const status = expected !== undefined && authorization !== expected ? 407 : (options.refuseWith ?? 200)
  targets.push({ method: request.method ?? '', target: request.url ?? '', authorization, status })
  return status
}

function tunnel(world: World, request: IncomingMessage, client: { socket: Duplex; head: Buffer }): void {
  const { socket, head } = client
  socket.on('error', () => socket.destroy())
  const status = decideStatus(world, request)
  if (status !== 200) {
    socket.end(
      `HTTP/1.1 ${status} Refused\r\n${challenge(status)}content-length: 7\r\nconnection: close\r\n\r\nblocked`,
    )
    return
  }
  const target = request.url ?? ''
  const [host = '', port = '443'] = splitAuthority(world.options.routes?.[target] ?? target)
  const upstream = connect(Number(port), host)
  keep(world.sockets, upstream)
  upstream.on('error', () => socket.end('HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n'))
  upstream.on('connect', () => {
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
    upstream.write(head)
    socket.pipe(upstream)
    upstream.pipe(socket)
  })
  socket.on('close', () => upstream.destroy())
  upstream.on('close', () => socket.destroy())
}

function splitAuthority(authority: string): readonly string[] {
  const colon = authority.lastIndexOf(':')
  return [authority.slice(0, colon).replace(/^\[|\]$/g, ''), authority.slice(colon + 1)]
}

function challenge(status: number): string {
  return status === 407 ? 'proxy-authenticate: Basic realm="corporate"\r\n' : ''
}

function forward(world: World, request: IncomingMessage, response: ServerResponse): void {
  const status = decideStatus(world, request)
  if (status !== 200 || !URL.canParse(request.url ?? '')) {
    response.writeHead(status === 200 ? 400 : status).end('blocked')
    return
  }
  const url = new URL(request.url ?? '')
  const [host = '', port = '80'] = splitAuthority(
    world.options.routes?.[url.host] ?? `${url.hostname}:${url.port || 80}`,
  )
  const { method, headers } = request
  const upstream = httpRequest(url, { hostname: host, port: Number(port), method, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.rawHeaders)
    answer.pipe(response)
  })
  upstream.on('error', () => response.destroy())
  request.pipe(upstream)
}
