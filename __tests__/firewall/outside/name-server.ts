import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, isIP, type Socket as TcpSocket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import type { TlsMaterial } from '../../fakes/certificate.ts'
import { lookUp, NAME_SERVER, PLATFORM } from '../addresses.ts'
import type { Receipt } from './receipt.ts'

const TYPES: Readonly<Record<number, string>> = { 1: 'A', 12: 'PTR', 16: 'TXT', 28: 'AAAA' }

/** The authoritative server of the whole world: UDP, TCP and TLS, and a log of each query that reached it. */
export async function createNameServer(record: (receipt: Receipt) => void, material: TlsMaterial): Promise<void> {
  const answer = (query: Buffer, channel: string): Buffer | undefined => {
    const question = parseQuestion(query)
    if (question === undefined) return undefined
    record({ server: `dns-${channel}`, text: `${question.name} ${TYPES[question.type] ?? question.type}` })
    return renderAnswer(query, question)
  }
  for (const address of [NAME_SERVER.v4, PLATFORM, NAME_SERVER.v6]) await listenUdp(address, answer)
  const serveStream = (channel: string) => (socket: TcpSocket) => {
    let held = Buffer.alloc(0)
    socket.on('error', () => socket.destroy())
    socket.on('data', (chunk: Buffer) => {
      held = Buffer.concat([held, chunk])
      while (held.length >= 2 && held.length >= 2 + held.readUInt16BE(0)) {
        const size = held.readUInt16BE(0)
        const reply = answer(held.subarray(2, 2 + size), channel)
        held = held.subarray(2 + size)
        if (reply === undefined) socket.destroy()
        else socket.write(Buffer.concat([Buffer.from([reply.length >> 8, reply.length & 255]), reply]))
      }
    })
  }
  const tcp = createServer(serveStream('tcp')).listen(53, '::')
  const tls = createTlsServer(material, serveStream('tls')).listen(853, '::')
  tls.on('connection', (socket) => socket.on('error', () => socket.destroy()))
  tls.on('tlsClientError', () => undefined)
  await Promise.all([once(tcp, 'listening'), once(tls, 'listening')])
}

async function listenUdp(address: string, answer: (query: Buffer, channel: string) => Buffer | undefined) {
  const socket: Socket = createSocket(isIP(address) === 4 ? 'udp4' : 'udp6')
  socket.on('message', (query, peer) => {
    const reply = answer(query, 'udp')
    if (reply !== undefined) socket.send(reply, peer.port, peer.address)
  })
  socket.bind(53, address)
  await once(socket, 'listening')
}

interface Question {
  readonly name: string
  readonly type: number
  readonly end: number
}

function parseQuestion(query: Buffer): Question | undefined {
  const labels: string[] = []
  let at = 12
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length).toLowerCase())
    at += length + 1
  }
  return at + 5 > query.length ? undefined : { name: labels.join('.'), type: query.readUInt16BE(at + 1), end: at + 5 }
}

function renderAnswer(query: Buffer, { name, type, end }: Question): Buffer {
  const addresses = lookUp(name)
  const family = type === 1 ? 4 : type === 28 ? 6 : 0
  const data = (addresses ?? []).filter((address) => isIP(address) === family).map(renderAddress)
  if (type === 16 && addresses !== undefined) data.push(Buffer.from('\x02ok', 'latin1'))
  const head = Buffer.from(query.subarray(0, 12))
  head.writeUInt16BE(addresses === undefined ? 0x8583 : 0x8580, 2)
  head.writeUInt16BE(1, 4)
  head.writeUInt16BE(data.length, 6)
  head.fill(0, 8, 12)
  const records = data.flatMap((value) => [
    Buffer.from([0xc0, 12, type >> 8, type & 255, 0, 1, 0, 0, 0, 1, 0, value.length]),
    value,
  ])
  return Buffer.concat([head, query.subarray(12, end), ...records])
}

function renderAddress(address: string): Buffer {
  if (isIP(address) === 4) return Buffer.from(address.split('.').map(Number))
  // `::ffff:1.2.3.4` is written with dots; the URL parser gives every form as groups.
  const [head = '', tail = ''] = new URL(`http://[${address}]/`).hostname.slice(1, -1).split('::')
  const left = head.split(':').filter((group) => group !== '')
  const right = tail.split(':').filter((group) => group !== '')
  const middle = new Array<string>(8 - left.length - right.length).fill('0')
  return Buffer.from([...left, ...middle, ...right].map((group) => group.padStart(4, '0')).join(''), 'hex')
}
