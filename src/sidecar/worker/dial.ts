import { connect as connectPlain, isIP, type NetConnectOpts, type Socket } from 'node:net'
import { type ConnectionOptions, connect as connectTls, type SecureContext } from 'node:tls'
import type { Upstream } from '../../core/upstream.ts'
import type { UpstreamLookup } from './upstream-lookup.ts'
import type { SocketReader } from './wire/socket-reader.ts'

export interface DialOptions {
  readonly timeoutMs: number
  readonly secureContext: SecureContext | undefined
  readonly highWaterMark: number
  /** How names become addresses; absent = by the system. */
  readonly lookup?: UpstreamLookup
}

/** How one connection is made. */
export interface DialPath {
  /** Hears every byte of the connection. Without one the socket is read as usual. */
  readonly reader?: SocketReader | undefined
  /** The connection goes through this socket, which leads to the upstream already. */
  readonly tunnel?: Socket | undefined
}

export type Dial = (upstream: Endpoint, path: DialPath) => Promise<Socket>

type Endpoint = Pick<Upstream, 'scheme' | 'hostname' | 'port'>

const KEEP_ALIVE_PROBE_MS = 30_000
const MOST_SESSIONS = 100

/** Connects to upstreams, TLS done where the scheme asks for it; TLS sessions are resumed. */
export function createDial(options: DialOptions): Dial {
  const sessions: Sessions = new Map()
  return (upstream, path) => {
    const { reader, tunnel } = path
    const isTls = upstream.scheme === 'https'
    // Node reads into memory of ours where it makes the socket itself, and only there.
    const socket = isTls
      ? dialTls(upstream, path, { options, sessions })
      : (tunnel ?? dialPlain(upstream, path, options))
    if (tunnel !== undefined) reader?.listen(socket)
    socket.setKeepAlive(true, KEEP_ALIVE_PROBE_MS)
    socket.setNoDelay(true)
    if (socket === tunnel) return Promise.resolve(socket)
    return waitUntilOpen(socket, { event: isTls ? 'secureConnect' : 'connect', timeoutMs: options.timeoutMs })
  }
}

type Sessions = Map<string, Buffer>

function dialPlain({ hostname, port }: Endpoint, { reader }: DialPath, { highWaterMark, lookup }: DialOptions): Socket {
  const onread = reader === undefined ? {} : { onread: reader.onread }
  const options = { host: hostname, port, highWaterMark, ...(lookup === undefined ? {} : { lookup }), ...onread }
  return connectPlain(options as NetConnectOpts)
}

interface TlsSurroundings {
  readonly options: DialOptions
  readonly sessions: Sessions
}

function dialTls({ hostname, port }: Endpoint, path: DialPath, { options, sessions }: TlsSurroundings): Socket {
  const { reader, tunnel } = path
  const { secureContext, highWaterMark, lookup } = options
  const session = sessions.get(hostname)
  const socket = connectTls({
    host: hostname,
    port,
    highWaterMark,
    ...(lookup === undefined ? {} : { lookup }),
    ALPNProtocols: ['http/1.1'],
    ...(isIP(hostname) === 0 ? { servername: hostname } : {}),
    ...(secureContext === undefined ? {} : { secureContext }),
    ...(session === undefined ? {} : { session }),
    ...(tunnel === undefined ? {} : { socket: tunnel }),
    ...(reader === undefined || tunnel !== undefined ? {} : { onread: reader.onread }),
  } as ConnectionOptions)
  socket.on('session', (fresh: Buffer) => remember(sessions, hostname, fresh))
  return socket
}

function remember(sessions: Sessions, hostname: string, session: Buffer): void {
  sessions.delete(hostname)
  sessions.set(hostname, session)
  const [oldest] = sessions.keys()
  if (sessions.size > MOST_SESSIONS && oldest !== undefined) sessions.delete(oldest)
}

/** Nothing answered in time; the code is the one that is known from Node's own timer. */
class DialTimeoutError extends Error {
  readonly code = 'ETIMEDOUT'
}

function waitUntilOpen(
  socket: Socket,
  { event, timeoutMs }: { readonly event: string; readonly timeoutMs: number },
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => socket.destroy(new DialTimeoutError('the upstream did not answer')), timeoutMs)
    const settle = (): void => clearTimeout(timer)
    socket.once(event, () => {
      settle()
      resolve(socket)
    })
    // Stays: an error between this promise and its owner's first listener must not be an uncaught one.
    socket.on('error', (error) => {
      settle()
      reject(error)
    })
  })
}
