import { createReadStream } from 'node:fs'
import type { Socket } from 'node:net'
import { findTcpLine, renderEndpoint, renderMappedEndpoint } from '../../core/tcp-table.ts'

/** The uid behind a loopback connection; undefined when it cannot be told, or the connection is gone. Never rejects. */
export type FindUid = (socket: Socket) => Promise<number | undefined>

/** Gives the kernel's table piece by piece, each of whole lines; a search that has found its lines stops reading. */
export type ReadTcpTable = (family: 4 | 6) => AsyncIterable<string>

/** A client's end and ours, as the kernel prints them, in the tables where they may stand. */
interface Wanted {
  readonly socket: Socket
  readonly ends: Partial<Record<4 | 6, readonly [client: string, server: string]>>
  uid: number | undefined
  settle(uid: number | undefined): void
}

/**
 * Finds out whose a client is by its own socket in `/proc/net/tcp` and `tcp6`. Linux only. The kernel walks through its table of all
 * connections for every reading, which takes milliseconds: it is read in the thread pool, requests that wait at the same
 * time share a reading, and it ends where the last of them is found. A reading under way is not joined: it may be past the line.
 */
export function createUidFinder(readTable: ReadTcpTable = readKernelTable): FindUid {
  let waiting: Wanted[] = []
  let isSearching = false
  const search = async (): Promise<void> => {
    while (waiting.length > 0) {
      const batch = waiting
      waiting = []
      for (const family of [4, 6] as const) await searchTable(batch, family, readTable).catch(() => undefined)
      for (const one of batch) one.settle(one.socket.destroyed ? undefined : one.uid)
    }
    isSearching = false
  }
  return (socket) => {
    const { promise, resolve } = Promise.withResolvers<number | undefined>()
    waiting.push({ socket, ends: describeEnds(socket), uid: undefined, settle: resolve })
    // What is asked in one turn of the event loop is looked up together.
    if (!isSearching) setImmediate(() => void search())
    isSearching = true
    return promise
  }
}

function describeEnds({ remoteAddress, remotePort = 0, localAddress, localPort = 0 }: Socket): Wanted['ends'] {
  if (remoteAddress === undefined || localAddress === undefined) return {}
  if (remoteAddress.includes(':') && !remoteAddress.startsWith('::ffff:')) {
    return { 6: [renderEndpoint(remoteAddress, remotePort), renderEndpoint(localAddress, localPort)] }
  }
  return {
    4: [renderEndpoint(remoteAddress, remotePort), renderEndpoint(localAddress, localPort)],
    // A client with one socket for both families stands in tcp6 with IPv4 addresses inside.
    6: [renderMappedEndpoint(remoteAddress, remotePort), renderMappedEndpoint(localAddress, localPort)],
  }
}

async function searchTable(batch: readonly Wanted[], family: 4 | 6, readTable: ReadTcpTable): Promise<void> {
  let left = batch.filter(({ ends, uid }) => ends[family] !== undefined && uid === undefined)
  if (left.length === 0) return
  for await (const piece of readTable(family)) {
    for (const one of left) one.uid = findUid(piece, one.ends[family])
    left = left.filter(({ uid }) => uid === undefined)
    if (left.length === 0) return
  }
}

/** A socket that nobody holds any more has the uid 0 in the table, whosever it was. */
function findUid(table: string, [client, server]: readonly string[] = []): number | undefined {
  const line = client === undefined || server === undefined ? undefined : findTcpLine(table, client, server)
  return line === undefined || line.inode === 0 || !Number.isInteger(line.uid) ? undefined : line.uid
}

const PIECE_BYTES = 64 * 1024

/** Not Linux, or no IPv6: the stream fails, and nobody is found. */
function readKernelTable(family: 4 | 6): AsyncIterable<string> {
  const path = family === 4 ? '/proc/net/tcp' : '/proc/net/tcp6'
  return createReadStream(path, { encoding: 'latin1', highWaterMark: PIECE_BYTES })
}
