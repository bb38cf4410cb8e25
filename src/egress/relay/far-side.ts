import { connect, type Socket } from 'node:net'
import { ReadBuffers } from './read-buffers.ts'

/** Takes bytes that are valid during the call only; true when it is done with them and wants more, false to pause. */
export type ByteReader = (bytes: Buffer) => boolean

/** A connection of ours to the outside, whose bytes come without a new buffer for each read. */
export interface FarSide {
  readonly socket: Socket
  /** Gives everything from now on, and what has come before, to this reader. Reading stops where it returns false. */
  readWith(reader: ByteReader): void
  /** Reads on after a pause. */
  resume(): void
}

/** What came before anybody wanted it is kept up to this. */
const MAX_EARLY = 64 * 1024
const KEEP_ALIVE_MS = 60_000

class EarlyBytes {
  #parts: Buffer[] = []
  #length = 0

  readonly read: ByteReader = (bytes) => {
    this.#parts.push(Buffer.from(bytes))
    this.#length += bytes.length
    return this.#length < MAX_EARLY
  }

  take(): Buffer | undefined {
    const bytes = this.#parts.length === 0 ? undefined : Buffer.concat(this.#parts)
    this.#parts = []
    return bytes
  }
}

/** Starts a TCP connection to an address; `connect` and `error` are the socket's own events. */
export function createFarSide(address: string, port: number): FarSide {
  const buffers = new ReadBuffers()
  const early = new EarlyBytes()
  let reader = early.read
  const callback = (length: number, bytes: Uint8Array): boolean => {
    const isDone = reader(Buffer.from(bytes.buffer, bytes.byteOffset, length))
    buffers.note(length, !isDone)
    return isDone
  }
  const onread = { buffer: () => buffers.next(), callback }
  const socket = connect({ host: address, port, onread, noDelay: true, allowHalfOpen: true })
  socket.on('close', () => buffers.release())
  let isWanted = false
  return {
    socket,
    readWith(next) {
      // Not before somebody wants its bytes: what is refused or given up until then lives for seconds.
      if (!isWanted) socket.setKeepAlive(true, KEEP_ALIVE_MS)
      isWanted = true
      reader = next
      const bytes = early.take()
      if (bytes === undefined || next(bytes)) socket.resume()
    },
    resume: () => socket.resume(),
  }
}

/** The same for a caller that wants a stream, such as an HTTP parser. */
export function createFarStream(address: string, port: number): FarSide {
  const socket = connect({ host: address, port, noDelay: true, allowHalfOpen: true })
  socket.setKeepAlive(true, KEEP_ALIVE_MS)
  return wrapFarSide(socket)
}

/** The same over a connection that is there already, such as TLS to a proxy, which reads in buffers of its own. */
export function wrapFarSide(socket: Socket): FarSide {
  let reader: ByteReader | undefined
  return {
    socket,
    readWith(next) {
      if (reader === undefined) {
        socket.on('data', (bytes: Buffer) => {
          if (reader?.(bytes) === false) socket.pause()
        })
      }
      reader = next
      socket.resume()
    },
    resume: () => socket.resume(),
  }
}
