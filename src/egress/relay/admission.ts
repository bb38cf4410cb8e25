import type { Socket } from 'node:net'
import type { Arrival, Client } from './client.ts'
import { onClosed } from './join-sides.ts'
import type { NamePool } from './name-pool.ts'

/** Turns accepted sockets into clients. */
export interface Admission {
  /** Undefined when there are too many at once: then the socket is closed. */
  admit(arrival: Arrival): Client | undefined
  closeAll(): void
}

/**
 * Counts connections, so that a flood of them ends at our limit and not at the kernel's, where nothing could be opened any more,
 * and keeps the name behind each client's made-up address.
 */
export function createAdmission(names: NamePool, mostClients: number): Admission {
  const live = new Set<Socket>()
  return {
    admit({ socket, findOrigin, foreignBytes = 0 }) {
      // Whatever happens to it: a reset in the wrong moment must not end the relay.
      socket.on('error', () => undefined)
      if (live.size >= mostClients) {
        socket.destroy()
        return undefined
      }
      live.add(socket)
      socket.once('close', () => live.delete(socket))
      const origin = findOrigin(socket)
      void origin.then(({ original }) => {
        if (original !== null) onClosed(socket, names.hold(original.address))
      })
      return { socket, origin, foreignBytes, startedAt: performance.now() }
    },
    closeAll() {
      for (const socket of live) socket.destroy()
    },
  }
}
