// Stands in for the relay where only the guard is tested: it listens, refuses whatever connects, answers each name with one
// made-up address, and says who connected. Started as the relay is: config on stdin, replies on fd 3.
import { createSocket } from 'node:dgram'
import { readFileSync, writeSync } from 'node:fs'
import { createServer } from 'node:net'
import { text } from 'node:stream/consumers'

const config = JSON.parse(await text(process.stdin))
const reply = (line) => writeSync(3, `${JSON.stringify(line)}\n`)

const event = (port, client) => ({
  kind: 'egress',
  time: new Date().toISOString(),
  verdict: 'blocked',
  protocol: 'tcp',
  host: null,
  port,
  address: client.address,
  reason: 'address-literal',
  uid: client.uid,
  pid: null,
  program: null,
  bytesOut: 0,
  bytesIn: 0,
  ms: 0,
})

// The client's line of the kernel's table: its own port is the remote port here.
function findClient(socket) {
  const port = socket.remotePort.toString(16).toUpperCase().padStart(4, '0')
  const line = readFileSync('/proc/net/tcp', 'latin1')
    .split('\n')
    .find((each) => each.trim().split(/\s+/)[1]?.endsWith(`:${port}`))
  const fields = line?.trim().split(/\s+/) ?? []
  const bytes = (fields[2] ?? '').slice(0, 8).match(/../g)?.reverse() ?? []
  return {
    address: bytes.map((each) => Number.parseInt(each, 16)).join('.'),
    uid: Number(fields[7]),
    inode: Number(fields[9]),
  }
}

async function listen(name) {
  const server = createServer((socket) => {
    socket.on('error', () => {})
    const client = findClient(socket)
    reply({ kind: 'opened', inode: client.inode })
    reply({ kind: 'event', event: event(client.port, client), inode: client.inode })
    // A moment later, as one that has to read first: the guard looks at who holds the other end.
    setTimeout(() => socket.destroy(), 100)
  })
  server.listen({ port: config.ports?.[name] ?? 0, host: '127.0.0.1' })
  await new Promise((resolve) => server.once('listening', resolve))
  return server.address().port
}

async function answerNames() {
  const socket = createSocket('udp4')
  socket.on('message', (question, from) => {
    const answer = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 5, 0, 4, 198, 18, 0, 7])
    const header = Buffer.from(question)
    header.writeUInt16BE(0x8180, 2)
    header.writeUInt16BE(1, 6)
    socket.send(Buffer.concat([header, answer]), from.port, from.address)
  })
  await new Promise((resolve) => socket.bind(config.ports?.dnsUdp ?? 0, '127.0.0.1', resolve))
  return socket.address().port
}

const [tls, http, tcp, dnsTcp, proxy] = await Promise.all(['tls', 'http', 'tcp', 'dnsTcp', 'proxy'].map(listen))
reply({ kind: 'ready', ports: { tls, http, tcp, dnsUdp: await answerNames(), dnsTcp, proxy } })
