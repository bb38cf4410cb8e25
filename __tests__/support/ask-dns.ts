import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect } from 'node:net'

export interface DnsReply {
  readonly code: number
  readonly addresses: readonly string[]
  readonly message: Buffer
}

/** A question as a stub resolver writes it: recursion desired, one question, EDNS where wanted. */
export function renderQuestion(name: string, type: number, isEdns = false): Buffer {
  const labels = name === '' ? [] : name.split('.')
  const head = Buffer.from([0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, isEdns ? 1 : 0])
  const encoded = labels.map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label, 'latin1')]))
  const tail = Buffer.from([0, type >> 8, type & 255, 0, 1])
  const edns = isEdns ? Buffer.from([0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0]) : Buffer.alloc(0)
  return Buffer.concat([head, ...encoded, tail, edns])
}

/** Code and addresses of an answer with one question. */
export function readReply(message: Buffer): DnsReply {
  let at = 12
  for (let length = message[at] ?? 0; length > 0; length = message[at] ?? 0) at += length + 1
  at += 5
  const addresses: string[] = []
  for (let index = 0; index < message.readUInt16BE(6); index += 1) {
    const length = message.readUInt16BE(at + 10)
    const data = [...message.subarray(at + 12, at + 12 + length)]
    addresses.push(length === 4 ? data.join('.') : Buffer.from(data).toString('hex'))
    at += 12 + length
  }
  return { code: message.readUInt16BE(2) & 15, addresses, message }
}

export async function askOverTcp(port: number, name: string, type: number): Promise<DnsReply> {
  const socket = connect(port, '127.0.0.1')
  const question = renderQuestion(name, type)
  socket.write(Buffer.concat([Buffer.from([question.length >> 8, question.length & 255]), question]))
  const [bytes] = (await once(socket, 'data')) as [Buffer]
  socket.destroy()
  return readReply(bytes.subarray(2))
}

export async function askOverUdp(port: number, message: Buffer): Promise<Buffer> {
  const socket = createSocket('udp4')
  socket.send(message, port, '127.0.0.1')
  const [reply] = (await once(socket, 'message')) as [Buffer]
  socket.close()
  return reply
}
