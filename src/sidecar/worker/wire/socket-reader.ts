import { Socket } from 'node:net'
import { READ_BYTES, type ReadBuffer, type ReadSize, takeShared } from './read-buffer.ts'

/** What Node's sockets take as `onread`. */
export interface OnRead {
  readonly buffer: () => Buffer
  readonly callback: (count: number) => boolean
}

/**
 * Gives the bytes of one socket to its owner in memory that is used again: they are valid during the call only. Who keeps
 * them makes a copy; who writes them on uses {@link writeBytes}.
 */
export class SocketReader {
  onBytes: (bytes: Buffer) => void
  readonly #size: ReadSize
  #buffer: ReadBuffer = takeShared()

  /** @param size of a buffer of its own, where the socket brings much. */
  constructor(onBytes: (bytes: Buffer) => void, size: ReadSize = READ_BYTES) {
    this.onBytes = onBytes
    this.#size = size
  }

  /** For a socket that is being made. */
  readonly onread: OnRead = {
    buffer: () => this.#buffer.bytes,
    callback: (count) => {
      this.onBytes(this.#buffer.bytes.subarray(0, count))
      this.#buffer = this.#buffer.after(count, this.#size)
      return true
    },
  }

  /** For a socket that cannot be given {@link onread}, such as TLS inside a tunnel. */
  listen(socket: Socket): void {
    socket.on('data', (bytes: Buffer) => this.onBytes(bytes))
  }

  /** The socket has closed. */
  close(): void {
    const buffer = this.#buffer
    this.#buffer = takeShared()
    if (!buffer.isShared) buffer.giveBack()
  }
}

/** Node's own object under a socket. It has no public name; every use of it is here. */
interface Handled {
  _handle: object | null
}

/**
 * Wraps an accepted socket that nobody has read from anew, with a reader. Sockets that come over IPC are ready-made and cannot
 * be told to read into memory of ours. Where Node hides the handle, the given socket is used as it is.
 */
export function adoptSocket(given: Socket, reader: SocketReader, writableHighWaterMark: number): Socket {
  const { _handle: handle } = given as Socket & Handled
  if (handle === null || handle === undefined || given.destroyed) {
    reader.listen(given)
    return given
  }
  ;(given as unknown as Handled)._handle = null
  // It owns nothing any more; its 'close' ends Node's book-keeping of sockets that went over IPC.
  given.destroy()
  const options = { handle, onread: reader.onread, allowHalfOpen: true, writableHighWaterMark }
  return new Socket(options as ConstructorParameters<typeof Socket>[0])
}
