import type { Socket } from 'node:net'
import type { Arrival, Client } from './client.ts'
import { onClosed } from './join-sides.ts'
import type { NamePool } from './name-pool.ts'
import { SlotList, type Slotted } from './slot-list.ts'

/** Turns accepted sockets into clients. */
export interface Admission {
  /** Undefined when there are too many at once: then the socket is closed. */
  admit(arrival: Arrival): Client | undefined
  /** How many are open. */
  count(): number
  closeAll(): void
}

function ignore(): void {}

/**
 * Counts connections, so that a flood of them ends at our limit and not at the kernel's, where nothing could be opened any more,
 * and keeps the name behind each client's made-up address.
 */
export function createAdmission(names: NamePool, mostClients: number): Admission {
  const live = new SlotList<Slotted & { readonly socket: Socket }>()
  return {
    admit({ socket, findOrigin, foreignBytes = 0 }) {
      // Whatever happens to it: a reset in the wrong moment must not end the relay.
      socket.on('error', ignore)
      if (live.size >= mostClients) {
        socket.destroy()
        return undefined
      }
      const one = { socket, slot: -1 }
      live.add(one)
      socket.on('close', () => live.delete(one))
      const origin = findOrigin(socket)
      void origin.then(({ original }) => {
        if (original !== null) onClosed(socket, names.hold(original.address))
      })
      return { socket, origin, foreignBytes, startedAt: performance.now() }
    },
    count: () => live.size,
    closeAll() {
      for (const { socket } of live.list()) socket.destroy()
    },
  }
}
