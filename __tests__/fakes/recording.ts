import { EventEmitter } from 'node:events'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { FakeRequest } from './exchange.ts'
import { findCredentials, type OfferedCredential } from './offered-credentials.ts'

export interface RecordedRequest extends FakeRequest {
  readonly id: number
  /** SNI of the connection; null on plain HTTP or without SNI. */
  readonly servername: string | null
  readonly credentials: readonly OfferedCredential[]
  /** `performance.now()` when the request was complete, in milliseconds. */
  readonly at: number
  /** Status that was answered; 0 until then. */
  status: number
  /** Text frames the client sent after a 101. */
  readonly frames: string[]
  /** True once the client went away before the answer ended. */
  aborted: boolean
}

export interface RecordedConnection {
  /** Everything that arrived on this connection after TLS, in order. */
  readonly bytes: () => Buffer
}

export interface Recorder {
  readonly requests: RecordedRequest[]
  readonly connections: RecordedConnection[]
  /** A connection as it is accepted, before TLS: what destroySockets ends. */
  readonly own: (socket: Duplex) => void
  /** The same connection once it carries plain HTTP: what is recorded byte-wise. */
  readonly connect: (socket: Duplex) => void
  readonly begin: (incoming: IncomingMessage, servername: string | null, upgrade?: boolean) => PendingRequest
  readonly waitFor: (fits: (request: RecordedRequest) => boolean) => Promise<RecordedRequest>
  readonly destroySockets: () => void
}

interface PendingRequest {
  readonly take: (chunk: Buffer) => void
  readonly complete: () => RecordedRequest
}

export function createRecorder(recordBytes: boolean): Recorder {
  const requests: RecordedRequest[] = []
  const connections: RecordedConnection[] = []
  const sockets = new Set<Duplex>()
  const arrivals = new EventEmitter().setMaxListeners(0)
  const add = (request: RecordedRequest): void => {
    requests.push(request)
    arrivals.emit('request', request)
  }
  return {
    requests,
    connections,
    own: (socket) => {
      sockets.add(socket)
      socket.on('close', () => sockets.delete(socket))
    },
    connect: (socket) => {
      if (recordBytes) connections.push(recordConnection(socket))
    },
    begin: (incoming, servername, upgrade = false) => {
      const chunks: Buffer[] = []
      const render = (): RecordedRequest => {
        const body = Buffer.concat(chunks)
        return { ...renderRequest(incoming, { body, upgrade }), id: requests.length + 1, servername, ...emptyOutcome() }
      }
      return { take: (chunk) => chunks.push(chunk), complete: () => tap(render(), add) }
    },
    waitFor: (fits) => {
      const known = requests.find(fits)
      if (known !== undefined) return Promise.resolve(known)
      return new Promise((resolve) => {
        const listen = (request: RecordedRequest): void => {
          if (!fits(request)) return
          arrivals.off('request', listen)
          resolve(request)
        }
        arrivals.on('request', listen)
      })
    },
    destroySockets: () => {
      for (const socket of sockets) socket.destroy()
    },
  }
}

function tap<Value>(value: Value, effect: (value: Value) => void): Value {
  effect(value)
  return value
}

function recordConnection(socket: Duplex): RecordedConnection {
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(Buffer.from(chunk)))
  return { bytes: () => Buffer.concat(chunks) }
}

function emptyOutcome(): Pick<RecordedRequest, 'at' | 'status' | 'frames' | 'aborted'> {
  return { at: performance.now(), status: 0, frames: [], aborted: false }
}

type RequestPart = FakeRequest & Pick<RecordedRequest, 'credentials'>

function renderRequest(incoming: IncomingMessage, extra: { body: Buffer; upgrade: boolean }): RequestPart {
  const target = incoming.url ?? ''
  const mark = target.indexOf('?')
  const { headers } = incoming
  const request: FakeRequest = {
    ...extra,
    method: incoming.method ?? '',
    target,
    path: decodePath(mark < 0 ? target : target.slice(0, mark)),
    query: new URLSearchParams(mark < 0 ? '' : target.slice(mark + 1)),
    host: (headers.host ?? '').toLowerCase().replace(/:\d+$/, ''),
    rawHeaders: incoming.rawHeaders,
    header: (name) => [headers[name]].flat()[0],
  }
  return { ...request, credentials: findCredentials(request) }
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}
