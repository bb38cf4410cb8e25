import type { Socket } from 'node:net'
import { adoptSocket, SocketReader } from '../wire/socket-reader.ts'
import { ClientConnection, type ConnectionLimits, type ConnectionOwner } from './client-connection.ts'

/** Often enough for limits of seconds, seldom enough to cost nothing. */
const CHECK_MS = 1000

/** A limit, not an allocation; large bodies pass faster than with 64 KiB (measured). */
const STREAM_BUFFER_BYTES = 64 * 1024

/** The connections of one port: accepted elsewhere, served here, closed when their time is over. */
export class ClientConnections {
  readonly #owner: ConnectionOwner
  readonly #limits: ConnectionLimits
  readonly #all = new Set<ClientConnection>()
  #now = performance.now()

  constructor(owner: Omit<ConnectionOwner, 'now'>, limits: ConnectionLimits) {
    // Coarse: the system's clock costs more than a look at a field, and the limits are long.
    this.#owner = { ...owner, now: () => this.#now }
    this.#limits = limits
    setInterval(() => this.check(performance.now()), CHECK_MS).unref()
  }

  /** Serves an accepted socket that nobody has read from. @returns what it has become. */
  accept(given: Socket): Socket {
    const reader = new SocketReader(() => undefined)
    const socket = adoptSocket(given, reader, STREAM_BUFFER_BYTES)
    const connection = new ClientConnection(socket, reader, this.#owner)
    this.#all.add(connection)
    socket.once('close', () => this.#all.delete(connection))
    return socket
  }

  /** Closes what has waited for too long. */
  check(now: number): void {
    this.#now = now
    for (const connection of this.#all) connection.check(this.#limits)
  }
}
