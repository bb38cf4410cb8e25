import { readFileSync } from 'node:fs'
import type { Socket } from 'node:net'

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

/** Finds the line whose local end is the client and whose remote end is the server, and gives its uid. */
export function parseTcpTable(table: string, client: string, server: string): number | undefined {
  const at = table.indexOf(` ${client} ${server} `)
  if (at < 0) return undefined
  const lineEnd = table.indexOf('\n', at)
  // The two ends, state, queues, timer, retransmits, then uid.
  const fields = table.slice(at + 1, lineEnd < 0 ? undefined : lineEnd).split(/\s+/)
  const uid = Number(fields[6])
  return Number.isInteger(uid) ? uid : undefined
}

/** Address and port as the kernel prints them: 32-bit words in host byte order (little-endian on every runner), hex. */
export function renderEndpoint(address: string, port: number): string {
  const bytes = parseAddress(address.replace(/^::ffff:(?=\d+\.)/, ''))
  let hex = ''
  for (let word = 0; word < bytes.length; word += 4) {
    for (let index = 3; index >= 0; index -= 1) hex += (bytes[word + index] ?? 0).toString(16).padStart(2, '0')
  }
  return `${hex}:${port.toString(16).padStart(4, '0')}`.toUpperCase()
}

function parseAddress(address: string): number[] {
  if (!address.includes(':')) return address.split('.').map(Number)
  const [head = '', tail] = address.split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const groups =
    tail === undefined ? left : [...left, ...Array<string>(8 - left.length - right.length).fill('0'), ...right]
  return groups.flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff])
}

function readText(path: string): string {
  return readFileSync(path, 'latin1')
}
