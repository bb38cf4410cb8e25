import type { Socket } from 'node:net'
import { renderEndpoint, renderMappedEndpoint } from '../../core/tcp-table.ts'
import { type ClientOrigin, UNKNOWN_ORIGIN } from './client.ts'
import { createTcpTableReader, type ReadTcpTable } from './read-tcp-table.ts'
import { searchTables, type Wanted } from './search-tables.ts'
import { SlotList, type Slotted } from './slot-list.ts'

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

/** What look-ups that nobody is kept waiting for may take of the processor: a tenth, and a fiftieth while they come in a flood. */
const USUAL = { restPerSearch: 9, longestMs: 100 } as const
const FLOOD = { restPerSearch: 49, longestMs: 500 } as const
/** So many wishes since the search before are a flood: no agent's work, but a program that opens hundreds of connections a second. */
const FLOOD_WISHES = 32

interface Waiting extends Slotted {
  readonly socket: Socket
  readonly lookUp: LookUp
  settle(origin: ClientOrigin): void
}

/**
 * Finds the client's own socket in the kernel's tables. Reading them costs milliseconds of processor, however many sockets there are:
 * connections that wait at the same time share one reading, and between two readings there is a rest unless somebody is
 * kept waiting.
 */
export function createOriginFinder(readTable: ReadTcpTable = createTcpTableReader()): OriginFinder {
  const search = new SharedSearch(readTable)
  return { find: (socket, lookUp) => search.find(socket, lookUp), close: () => search.close() }
}

class SharedSearch {
  readonly #readTable: ReadTcpTable
  readonly #waiting = new SlotList<Waiting>()
  #timer: NodeJS.Timeout | undefined
  #isPlanned = false
  #isSearching = false
  #restUntil = 0
  #wishes = 0

  constructor(readTable: ReadTcpTable) {
    this.#readTable = readTable
  }

  find(socket: Socket, lookUp: LookUp): Promise<ClientOrigin> {
    const { promise, resolve } = Promise.withResolvers<ClientOrigin>()
    // Its port may be another's from now on.
    const onClose = (): void => settle(UNKNOWN_ORIGIN)
    const settle = (origin: ClientOrigin): void => {
      if (this.#waiting.delete(one)) socket.off('close', onClose)
      resolve(origin)
    }
    const one: Waiting = { socket, lookUp, settle, slot: -1 }
    this.#waiting.add(one)
    this.#wishes += 1
    socket.on('close', onClose)
    // What is accepted in one turn of the event loop is looked up together.
    if (!this.#isPlanned || lookUp.isUrgent) setImmediate(this.#plan)
    this.#isPlanned = true
    return promise
  }

  close(): void {
    clearTimeout(this.#timer)
    for (const one of this.#waiting.list()) one.settle(UNKNOWN_ORIGIN)
  }

  /** While a search runs or a rest is being waited for, nothing is planned anew but for somebody who is kept waiting. */
  readonly #plan = (): void => {
    clearTimeout(this.#timer)
    this.#isPlanned = this.#waiting.size > 0
    if (this.#isSearching || !this.#isPlanned) return
    const isUrgent = this.#waiting.list().some(({ lookUp }) => lookUp.isUrgent)
    const rest = isUrgent ? 0 : this.#restUntil - performance.now()
    if (rest <= 0) void this.#search()
    else this.#timer = setTimeout(this.#plan, Math.ceil(rest))
  }

  async #search(): Promise<void> {
    this.#isSearching = true
    const startedAt = performance.now()
    const batch = new Map(this.#waiting.list().map((one) => [one, describe(one)]))
    const wanted = [...batch.values()].filter((one) => one !== undefined)
    // A table that cannot be read has nobody in it.
    await searchTables(wanted, this.#readTable).catch(() => undefined)
    for (const [one, found] of batch) one.settle(found?.found ?? UNKNOWN_ORIGIN)
    this.#isSearching = false
    this.#rest(startedAt)
    this.#plan()
  }

  #rest(startedAt: number): void {
    const endedAt = performance.now()
    const { restPerSearch, longestMs } = this.#wishes > FLOOD_WISHES ? FLOOD : USUAL
    this.#wishes = 0
    this.#restUntil = endedAt + Math.min(longestMs, (endedAt - startedAt) * restPerSearch)
  }
}

/** Undefined when the client is gone already. */
function describe(one: Waiting): Wanted | undefined {
  const { socket, lookUp } = one
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
    port: lookUp.port,
    isGone: () => one.slot < 0,
    found: UNKNOWN_ORIGIN,
  }
}
