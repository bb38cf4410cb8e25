import { open, read } from 'node:fs'
import { promisify } from 'node:util'

/** Gives the kernel's table piece by piece, each of whole lines; a search that has found its line stops reading. */
export type ReadTcpTable = (family: 4 | 6) => AsyncIterable<string>

const openFile = promisify(open)
const readFile = promisify(read)

const FILES = { 4: '/proc/net/tcp', 6: '/proc/net/tcp6' } as const
const BUFFER_BYTES = 64 * 1024
/** The kernel gives as many lines at once as fit into a page: a piece that leaves room for one more line is the last. */
const PAGE_BYTES = 4096
const LONGEST_LINE = 512

/**
 * Reads in the thread pool: for every table, also an empty one, the kernel walks through its hash table of all connections, which
 * takes milliseconds. The descriptors stay open: reading from the start again renders the table afresh, and needs no free
 * descriptor. One reading of a family at a time.
 */
export function createTcpTableReader(): ReadTcpTable {
  const files: Partial<Record<4 | 6, Promise<number | undefined>>> = {}
  const buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES)
  return async function* readTable(family) {
    // Not Linux, or no IPv6: nobody can be found.
    files[family] ??= openFile(FILES[family], 'r').catch(() => undefined)
    const file = await files[family]
    if (file === undefined) return
    for (let at = 0, isLast = false; !isLast; ) {
      const { bytesRead } = await readFile(file, buffer, 0, BUFFER_BYTES, at)
      if (bytesRead > 0) yield buffer.toString('latin1', 0, bytesRead)
      at += bytesRead
      isLast = bytesRead < PAGE_BYTES - LONGEST_LINE
    }
  }
}
