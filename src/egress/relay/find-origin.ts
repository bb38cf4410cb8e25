import type { Socket } from 'node:net'
import { renderEndpoint, renderMappedEndpoint } from '../../core/tcp-table.ts'
import { type ClientOrigin, UNKNOWN_ORIGIN } from './client.ts'
import { createTcpTableReader, type ReadTcpTable } from './read-tcp-table.ts'
import { searchTables, type Wanted } from './search-tables.ts'

export interface LookUp {
  /** The port that clients of this door dial; null where it is any. */
  readonly port: number | null
  /** The connection waits for it. */
  readonly isUrgent: boolean
}

export interface OriginFinder {
  /** Resolves with what is not known as null when the client cannot be found, or is gone before it was. */
  find(socket: Socket, lookUp: LookUp): Promise<ClientOrigin>
  /** Nobody waits any longer. */
  close(): void
}

/** Of ten milliseconds one belongs to look-ups that nobody is kept waiting for. */
const REST_PER_SEARCH = 9
const LONGEST_REST_MS = 100

interface Waiting extends Wanted {
  readonly isUrgent: boolean
  settle(origin: ClientOrigin): void
}

/**
 * Finds the client's own socket in the kernel's tables. Reading them costs milliseconds of processor, however many sockets there are:
 * connections that wait at the same time share one reading, and between two readings there is a rest unless somebody is
 * kept waiting.
 */
export function createOriginFinder(readTable: ReadTcpTable = createTcpTableReader()): OriginFinder {
  const waiting = new Set<Waiting>()
  let timer: NodeJS.Timeout | undefined
  let restUntil = 0
  let isSearching = false
  const search = async (): Promise<void> => {
    isSearching = true
    const batch = [...waiting]
    const startedAt = performance.now()
    // A table that cannot be read has nobody in it.
    await searchTables(batch, readTable).catch(() => undefined)
    for (const one of batch) one.settle(one.found)
    isSearching = false
    const endedAt = performance.now()
    restUntil = endedAt + Math.min(LONGEST_REST_MS, (endedAt - startedAt) * REST_PER_SEARCH)
    plan()
  }
  const plan = (): void => {
    if (isSearching || waiting.size === 0) return
    clearTimeout(timer)
    const isUrgent = [...waiting].some((one) => one.isUrgent)
    const rest = isUrgent ? 0 : restUntil - performance.now()
    if (rest <= 0) void search()
    else timer = setTimeout(() => void search(), Math.ceil(rest))
  }
  return {
    find(socket, lookUp) {
      const { promise, resolve } = Promise.withResolvers<ClientOrigin>()
      const wanted = describe(socket, lookUp)
      if (wanted === undefined) return Promise.resolve(UNKNOWN_ORIGIN)
      const settle = (origin: ClientOrigin): void => {
        waiting.delete(one)
        socket.off('close', onClose)
        resolve(origin)
      }
      // Its port may be another's from now on.
      const onClose = (): void => settle(UNKNOWN_ORIGIN)
      const one: Waiting = Object.assign(wanted, { isUrgent: lookUp.isUrgent, settle })
      waiting.add(one)
      socket.once('close', onClose)
      // What is accepted in one turn of the event loop is looked up together.
      if (waiting.size === 1 || lookUp.isUrgent) setImmediate(plan)
      return promise
    },
    close() {
      clearTimeout(timer)
      for (const one of waiting) one.settle(UNKNOWN_ORIGIN)
    },
  }
}

function describe(socket: Socket, { port }: LookUp): Wanted | undefined {
  const { remoteAddress, remotePort, localAddress, localPort } = socket
  if (remoteAddress === undefined || remotePort === undefined) return undefined
  const isV4 = !remoteAddress.includes(':') || remoteAddress.startsWith('::ffff:')
  return {
    isV4,
    client: renderEndpoint(remoteAddress, remotePort),
    // A client with one socket for both families stands in tcp6 with its IPv4 address inside.
    mappedClient: isV4 ? renderMappedEndpoint(remoteAddress, remotePort) : null,
    self: renderEndpoint(localAddress ?? '', localPort ?? 0),
    mappedSelf: isV4 ? renderMappedEndpoint(localAddress ?? '', localPort ?? 0) : null,
    port,
    found: UNKNOWN_ORIGIN,
  }
}
