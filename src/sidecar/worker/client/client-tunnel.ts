import type { Socket } from 'node:net'
import type { SocketReader } from '../wire/socket-reader.ts'

/** What may wait here while the upstream is being dialled. */
const MAX_EARLY = 64 * 1024

/** A connection of a client that has left HTTP: its socket, and the bytes that came before anybody read them. */
export class ClientTunnel {
  readonly socket: Socket
  readonly #reader: SocketReader
  #early: Buffer

  constructor(socket: Socket, reader: SocketReader, early: Buffer) {
    this.socket = socket
    this.#reader = reader
    this.#early = Buffer.from(early)
    reader.onBytes = (bytes) => {
      this.#early = Buffer.concat([this.#early, bytes])
      if (this.#early.length > MAX_EARLY) socket.pause()
    }
  }

  /** From now on the bytes go there, those that have waited first. */
  read(onBytes: (bytes: Buffer) => void): void {
    const early = this.#early
    this.#early = Buffer.alloc(0)
    this.#reader.onBytes = onBytes
    if (early.length > 0) onBytes(early)
    this.socket.resume()
  }
}
