import { readFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { parseTcpTable, renderEndpoint } from '../../core/tcp-table.ts'

/**
 * The uid behind a loopback connection, from the kernel's table: `/proc/net/tcp` names the owner of the client's end. Linux
 * only; undefined when it cannot be told (another network namespace, or the client has already gone).
 */
export function findClientUid(socket: Socket, readTable: (path: string) => string = readText): number | undefined {
  const { remoteAddress, remotePort, localAddress, localPort } = socket
  if (remoteAddress === undefined || localAddress === undefined) return undefined
  const isV6 = remoteAddress.includes(':') && !remoteAddress.startsWith('::ffff:')
  try {
    const client = renderEndpoint(remoteAddress, remotePort ?? 0)
    const server = renderEndpoint(localAddress, localPort ?? 0)
    return parseTcpTable(readTable(isV6 ? '/proc/net/tcp6' : '/proc/net/tcp'), client, server)
  } catch {
    return undefined
  }
}

function readText(path: string): string {
  return readFileSync(path, 'latin1')
}
