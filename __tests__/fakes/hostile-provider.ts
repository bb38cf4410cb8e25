import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { createCertificateAuthority, sharedAuthority } from './certificate.ts'
import { HOSTILITIES, type Hostility, type Misbehave } from './hostilities.ts'

export interface HostileProviderOptions {
  readonly hostility: Hostility | Misbehave
  /** `trusted`: shared throw-away CA. `untrusted`: a root nobody knows. `wrong-name`: right root, other host. Default: plain. */
  readonly tls?: 'trusted' | 'untrusted' | 'wrong-name'
  /** Where `redirect-elsewhere` points, e.g. the origin of another fake that must not receive the credential. */
  readonly redirectTo?: string
}

export interface HostileRequest {
  /** Request line and header block as they arrived, without the final empty line. */
  readonly head: string
  readonly body: Buffer
  /** How many requests this provider had received, this one included. */
  readonly count: number
  readonly redirectTo: string
}

export interface HostileProvider extends AsyncDisposable {
  readonly port: number
  readonly origin: string
  readonly requests: readonly HostileRequest[]
  /** Connections accepted so far (for TLS: handshakes that succeeded). */
  readonly connectionCount: () => number
  /** Resolves when the peer has closed the connection that carried request number `count` (from 1). */
  readonly waitForClose: (count: number) => Promise<void>
  /** A row of the table, or what a test makes up. */
  readonly setHostility: (hostility: Hostility | Misbehave) => void
  readonly close: () => Promise<void>
}

/** A provider on raw sockets that misbehaves in one selectable way, for every request. */
export async function createHostileProvider(options: HostileProviderOptions): Promise<HostileProvider> {
  const state: State = {
    options,
    hostility: options.hostility,
    sockets: new Set(),
    requests: [],
    closings: [],
    connections: 0,
  }
  const server = createListener(options.tls, (socket) => accept(state, socket))
  // Also sockets whose TLS handshake never ends: they would keep close() waiting.
  server.on('connection', (socket: Socket) => {
    state.sockets.add(socket)
    socket.once('close', () => state.sockets.delete(socket))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return renderProvider(state, server)
}

interface State {
  readonly options: HostileProviderOptions
  readonly sockets: Set<Socket>
  readonly requests: HostileRequest[]
  readonly closings: Promise<void>[]
  hostility: Hostility | Misbehave
  connections: number
}

function createListener(tls: HostileProviderOptions['tls'], accept: (socket: Socket) => void): Server {
  if (tls === undefined) return createServer({ allowHalfOpen: true }, accept)
  const authority = tls === 'untrusted' ? createCertificateAuthority('Nobody knows this CA') : sharedAuthority()
  const names = tls === 'wrong-name' ? ['other.example'] : ['localhost', '127.0.0.1', '::1']
  const server = createTlsServer(
    { ...authority.issue(names), ALPNProtocols: ['http/1.1'], allowHalfOpen: true },
    accept,
  )
  return server.on('tlsClientError', (_error, socket) => socket.destroy())
}

function renderProvider(state: State, server: Server): HostileProvider {
  const { port } = server.address() as AddressInfo
  const close = async (): Promise<void> => {
    if (!server.listening) return
    const closed = once(server, 'close')
    server.close()
    for (const socket of state.sockets) socket.destroy()
    await closed
  }
  return {
    port,
    origin: `${state.options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    requests: state.requests,
    connectionCount: () => state.connections,
    waitForClose: async (count) => state.closings[count - 1],
    setHostility: (hostility) => {
      state.hostility = hostility
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

function accept(state: State, socket: Socket): void {
  state.connections += 1
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  socket.on('error', () => socket.destroy())
  socket.on('end', () => socket.end())
  let held: Buffer = Buffer.alloc(0)
  socket.on('data', (chunk: Buffer) => {
    held = Buffer.concat([held, chunk])
    const parsed = parseRequest(held, state.hostility === 'too-large-at-head')
    if (parsed === undefined) return
    held = held.subarray(parsed.size)
    const request = { ...parsed, count: state.requests.length + 1, redirectTo: state.options.redirectTo ?? '' }
    state.requests.push(request)
    state.closings.push(closed)
    const { hostility } = state
    if (typeof hostility === 'string') HOSTILITIES[hostility](socket, request)
    else hostility(socket, request)
  })
}

// Waits for the whole body when its length is announced, unless told to answer early; chunked uploads are answered at the head.
function parseRequest(bytes: Buffer, early: boolean): { head: string; body: Buffer; size: number } | undefined {
  const end = bytes.indexOf('\r\n\r\n')
  if (end < 0) return undefined
  const head = bytes.subarray(0, end).toString('latin1')
  const length = Number(/^content-length:\s*(\d+)/im.exec(head)?.[1] ?? 0)
  const size = end + 4 + length
  if (bytes.length < size && !early) return undefined
  return { head, body: bytes.subarray(end + 4, size), size: Math.min(size, bytes.length) }
}
