import { openSync, readSync } from 'node:fs'
import type { Socket } from 'node:net'
import { findClientSocket, renderEndpoint, renderMappedEndpoint } from '../../core/tcp-table.ts'
import { type ClientOrigin, UNKNOWN_ORIGIN } from './client.ts'

export type FindOrigin = (socket: Socket) => Promise<ClientOrigin>
export type ReadTable = (family: 4 | 6) => string

interface Waiting {
  readonly address: string
  readonly port: number
  readonly resolve: (origin: ClientOrigin) => void
}

/**
 * Finds the client's own socket in the kernel's tables. They are rendered by the kernel for every read, however many sockets
 * there are, so all connections that were accepted in one turn of the event loop share one reading.
 */
export function createOriginFinder(readTable: ReadTable = createTableReader()): FindOrigin {
  let waiting: Waiting[] = []
  const flush = (): void => {
    const batch = waiting
    waiting = []
    const tables = new Map<4 | 6, string>()
    const read = (family: 4 | 6): string => {
      const known = tables.get(family) ?? readSafely(readTable, family)
      tables.set(family, known)
      return known
    }
    for (const one of batch) one.resolve(findIn(read, one))
  }
  return ({ remoteAddress, remotePort }) => {
    if (remoteAddress === undefined || remotePort === undefined) return Promise.resolve(UNKNOWN_ORIGIN)
    return new Promise((resolve) => {
      if (waiting.push({ address: remoteAddress, port: remotePort, resolve }) === 1) setImmediate(flush)
    })
  }
}

function findIn(read: ReadTable, { address, port }: Waiting): ClientOrigin {
  const isV4 = !address.includes(':') || address.startsWith('::ffff:')
  const endpoint = renderEndpoint(address, port)
  // A client with one socket for both families stands in tcp6 with its IPv4 address inside.
  const found = isV4
    ? (findClientSocket(read(4), endpoint) ?? findClientSocket(read(6), renderMappedEndpoint(address, port)))
    : findClientSocket(read(6), endpoint)
  if (found === undefined) return UNKNOWN_ORIGIN
  return { ...UNKNOWN_ORIGIN, original: found.remote, uid: found.uid, inode: found.inode }
}

function readSafely(readTable: ReadTable, family: 4 | 6): string {
  try {
    return readTable(family)
  } catch {
    // Not Linux, or no IPv6: nobody can be found.
    return ''
  }
}

// The descriptors stay open: reading from the start again renders the table afresh, and needs no free descriptor.
function createTableReader(): ReadTable {
  const files: Partial<Record<4 | 6, number>> = {}
  const chunk = Buffer.allocUnsafe(64 * 1024)
  return (family) => {
    const file = files[family] ?? openSync(family === 4 ? '/proc/net/tcp' : '/proc/net/tcp6', 'r')
    files[family] = file
    let [text, at] = ['', 0]
    for (let length = readSync(file, chunk, 0, chunk.length, at); length > 0; ) {
      text += chunk.toString('latin1', 0, length)
      at += length
      length = readSync(file, chunk, 0, chunk.length, at)
    }
    return text
  }
}
