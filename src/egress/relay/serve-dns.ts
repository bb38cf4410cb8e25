import type { Socket as DatagramSocket } from 'node:dgram'
import type { Socket } from 'node:net'
import type { AnswerDns } from './answer-dns.ts'

const IDLE_MS = 30_000
/** A question with EDNS and all its options is far shorter. */
const MAX_QUERY = 4096

/** DNS over TCP: each message behind two bytes of length (RFC 1035 §4.2.2), any number on a connection (RFC 7766). */
export function serveDnsStream(socket: Socket, answer: AnswerDns): void {
  let bytes: Buffer = Buffer.alloc(0)
  socket.setTimeout(IDLE_MS, () => socket.destroy())
  socket.on('error', () => socket.destroy())
  socket.once('end', () => socket.end())
  socket.on('drain', () => socket.resume())
  socket.on('data', (more: Buffer) => {
    bytes = bytes.length === 0 ? more : Buffer.concat([bytes, more])
    while (bytes.length >= 2) {
      const length = bytes.readUInt16BE(0)
      if (length > MAX_QUERY) {
        socket.destroy()
        return
      }
      if (bytes.length < 2 + length) break
      const reply = answer(bytes.subarray(2, 2 + length))
      bytes = bytes.subarray(2 + length)
      // A client that asks and never reads is made to wait.
      if (reply !== undefined && !socket.write(frame(reply))) socket.pause()
    }
  })
  socket.resume()
}

function frame(message: Buffer): Buffer {
  const length = Buffer.alloc(2)
  length.writeUInt16BE(message.length)
  return Buffer.concat([length, message])
}

/** DNS over UDP: one answer for each datagram, to whoever sent it. */
export function serveDnsDatagrams(socket: DatagramSocket, answer: AnswerDns): void {
  socket.on('message', (message, from) => {
    const reply = answer(message)
    if (reply !== undefined) socket.send(reply, from.port, from.address, () => undefined)
  })
}
