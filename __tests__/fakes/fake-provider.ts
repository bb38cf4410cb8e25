import { once } from 'node:events'
import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import { sharedAuthority, type TlsMaterial } from './certificate.ts'
import { type FakeAnswer, type FakeService, json } from './exchange.ts'
import { createRecorder, type RecordedConnection, type RecordedRequest, type Recorder } from './recording.ts'
import { sendAnswer, sendUpgradeAnswer } from './send-answer.ts'

export interface FakeProviderOptions {
  /** Virtual hosts by Host header; `*` serves every name that is not listed. */
  readonly hosts: Readonly<Record<string, FakeService>>
  /** `true`: a certificate of the shared throw-away CA for the listed hosts, localhost and 127.0.0.1. Default: plain HTTP. */
  readonly tls?: boolean | TlsMaterial
  /** Default 127.0.0.1 and a free port. */
  readonly address?: string
  readonly port?: number
  /** False leaves out the byte-wise record (bulk traffic). */
  readonly recordBytes?: boolean
  /** Milliseconds between two events of a stream; 0 = as fast as possible, one write each. */
  readonly paceMs?: number
  /** Compresses answers for clients that accept it, or for all. */
  readonly compress?: 'when-asked' | 'always'
  /** Awaited before each event of a stream (`event` counts from 0): lets a test hold a stream open at a known point. */
  readonly gate?: (request: RecordedRequest, event: number) => Promise<void> | void
}

export interface FakeProvider extends AsyncDisposable {
  readonly port: number
  readonly requests: readonly RecordedRequest[]
  readonly connections: readonly RecordedConnection[]
  /** `http(s)://127.0.0.1:port` */
  readonly origin: string
  /** Resolves with the first request, past or future, that fits. */
  readonly waitFor: (fits: (request: RecordedRequest) => boolean) => Promise<RecordedRequest>
  /** The next request to this host and path gets this answer instead of the service's. */
  readonly answerOnce: (host: string, path: string, answer: FakeAnswer) => void
  /** Exchanges or adds virtual hosts while running. */
  readonly setHost: (host: string, service: FakeService) => void
  readonly close: () => Promise<void>
}

/** Starts a provider on a real socket. Every request and every byte that arrives is recorded. */
export async function createFakeProvider(options: FakeProviderOptions): Promise<FakeProvider> {
  const world: World = {
    options,
    hosts: new Map(Object.entries(options.hosts)),
    scripted: [],
    recorder: createRecorder(options.recordBytes ?? true),
  }
  const server = createListener(options)
  server.on(options.tls ? 'secureConnection' : 'connection', (socket: Duplex) => world.recorder.connect(socket))
  server.on('connection', (socket: Duplex) => world.recorder.own(socket))
  server.on('request', (request, response) => void serve(world, request, response).catch(() => request.destroy()))
  server.on('upgrade', (request, socket, head) => serveUpgrade(world, { request, socket, head }))
  server.on('clientError', (_error, socket) => socket.destroy())
  server.listen(options.port ?? 0, options.address ?? '127.0.0.1')
  await once(server, 'listening')
  return renderProvider(world, server)
}

interface World {
  readonly options: FakeProviderOptions
  readonly hosts: Map<string, FakeService>
  readonly scripted: { readonly host: string; readonly path: string; readonly answer: FakeAnswer }[]
  readonly recorder: Recorder
}

function createListener({ tls = false, hosts }: FakeProviderOptions): Server {
  // Agents keep sockets for minutes; a fake that closes idle ones would add failures of its own.
  const common = { keepAliveTimeout: 120_000, requestTimeout: 0, headersTimeout: 0, insecureHTTPParser: false }
  if (tls === false) return createHttpServer(common)
  const names = [...new Set([...Object.keys(hosts).filter((name) => name !== '*'), 'localhost', '127.0.0.1', '::1'])]
  const material = tls === true ? sharedAuthority().issue(names) : tls
  return createHttpsServer({ ...common, ...material, ALPNProtocols: ['http/1.1'] })
}

function renderProvider(world: World, server: Server): FakeProvider {
  const { port } = server.address() as AddressInfo
  const { recorder } = world
  const close = async (): Promise<void> => {
    if (!server.listening) return
    const closed = once(server, 'close')
    server.close()
    recorder.destroySockets()
    await closed
  }
  return {
    port,
    origin: `${world.options.tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    requests: recorder.requests,
    connections: recorder.connections,
    waitFor: recorder.waitFor,
    answerOnce: (host, path, answer) => void world.scripted.push({ host, path, answer }),
    setHost: (host, service) => void world.hosts.set(host, service),
    close,
    [Symbol.asyncDispose]: close,
  }
}

async function serve(world: World, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  const recorded = world.recorder.begin(incoming, servernameOf(incoming.socket))
  for await (const chunk of incoming) recorded.take(chunk as Buffer)
  const request = recorded.complete()
  response.setHeader('x-request-id', `req_fake_${request.id}`)
  await sendAnswer(decideAnswer(world, request), { request, response, options: world.options })
}

function serveUpgrade(world: World, upgrade: { request: IncomingMessage; socket: Duplex; head: Buffer }): void {
  const recorded = world.recorder.begin(upgrade.request, servernameOf(upgrade.socket), true)
  const request = recorded.complete()
  upgrade.socket.on('error', () => upgrade.socket.destroy())
  sendUpgradeAnswer(decideAnswer(world, request), { request, socket: upgrade.socket, head: upgrade.head })
}

function decideAnswer(world: World, request: RecordedRequest): FakeAnswer {
  const index = world.scripted.findIndex(({ host, path }) => host === request.host && path === request.path)
  const [scripted] = index < 0 ? [] : world.scripted.splice(index, 1)
  if (scripted !== undefined) return scripted.answer
  const service = world.hosts.get(request.host) ?? world.hosts.get('*')
  if (service === undefined) return json(421, { error: { message: `The fake knows no host ${request.host}` } })
  try {
    return service.answer(request)
  } catch (error) {
    return json(500, { error: { message: `The fake failed: ${String(error)}` } })
  }
}

function servernameOf(socket: Duplex): string | null {
  const name = (socket as Partial<TLSSocket> & { servername?: unknown }).servername
  return typeof name === 'string' ? name : null
}
