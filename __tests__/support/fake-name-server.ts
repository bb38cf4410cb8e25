import { createSocket, type RemoteInfo } from 'node:dgram'
import { once } from 'node:events'
import { isIPv6 } from 'node:net'

/** Addresses of a name; `silent`: the server never answers for this family. An unknown name is NXDOMAIN. */
export interface NameRecords {
  readonly a?: readonly string[] | 'silent'
  readonly aaaa?: readonly string[] | 'silent'
}

export interface FakeNameServer {
  /** As a resolver takes it: `127.0.0.1:port`. */
  readonly server: string
  readonly records: Map<string, NameRecords>
  /** Names that were asked for, with the type's number. */
  readonly queries: string[]
  close(): void
}

const TTL_SECONDS = 1

/** An authoritative server for a handful of names on a free port of loopback. */
export async function createFakeNameServer(): Promise<FakeNameServer> {
  const socket = createSocket('udp4')
  const records = new Map<string, NameRecords>()
  const queries: string[] = []
  socket.on('message', (query: Buffer, peer: RemoteInfo) => {
    const { name, type, end } = parseQuestion(query)
    queries.push(`${name} ${type}`)
    const known = records.get(name)
    const found = (type === 28 ? known?.aaaa : known?.a) ?? []
    if (found === 'silent') return
    const head = Buffer.from(query.subarray(0, 12))
    head.writeUInt16BE(known === undefined ? 0x8583 : 0x8580, 2)
    head.writeUInt16BE(found.length, 6)
    head.fill(0, 8, 12)
    socket.send(Buffer.concat([head, query.subarray(12, end), ...found.map(renderRecord)]), peer.port, peer.address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return { server: `127.0.0.1:${socket.address().port}`, records, queries, close: () => void socket.close() }
}

function parseQuestion(query: Buffer): { readonly name: string; readonly type: number; readonly end: number } {
  const labels: string[] = []
  let at = 12
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length).toLowerCase())
    at += length + 1
  }
  return { name: labels.join('.'), type: query.readUInt16BE(at + 1), end: at + 5 }
}

function renderRecord(address: string): Buffer {
  const data = isIPv6(address) ? renderV6(address) : address.split('.').map(Number)
  const type = isIPv6(address) ? 28 : 1
  return Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, TTL_SECONDS, 0, data.length, ...data])
}

function renderV6(address: string): number[] {
  const [head = '', tail = ''] = address.split('::')
  const read = (text: string): number[] =>
    text === ''
      ? []
      : text.split(':').flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 255])
  const [left, right] = [read(head), read(tail)]
  return [...left, ...Array<number>(16 - left.length - right.length).fill(0), ...right]
}
