import { createSocket } from 'node:dgram'

/** Process: a name server that knows one address for every name. Argument: that address, which is its own too. */
const [address = ''] = process.argv.slice(2)
const TYPE_A = 1
const TTL_SECONDS = 60
const RECORD = Buffer.from([0xc0, 12, 0, TYPE_A, 0, 1, 0, 0, 0, TTL_SECONDS, 0, 4, ...address.split('.').map(Number)])

const socket = createSocket('udp4')
socket.on('message', (query, peer) => {
  // One question, its name ended by an empty label.
  const end = query.indexOf(0, 12) + 5
  const isKnown = query.readUInt16BE(end - 4) === TYPE_A
  const head = Buffer.from(query.subarray(0, 12))
  head.writeUInt16BE(0x8580, 2)
  head.writeUInt16BE(isKnown ? 1 : 0, 6)
  head.fill(0, 8, 12)
  socket.send(Buffer.concat([head, query.subarray(12, end), ...(isKnown ? [RECORD] : [])]), peer.port, peer.address)
})
socket.bind(53, address, () => console.log('ready'))
