import { execFileSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { CONTAINER, JOB, NAME_SERVER, OUTSIDE_NETWORKS } from '../addresses.ts'
import { createNameServer } from './name-server.ts'
import type { OutsideRequest, Receipt } from './receipt.ts'
import { createWebServers } from './web.ts'

/** The whole world beyond the machine, in one process and one network namespace. Ends when its stdin does. */
const [jobPid = '', directory = ''] = process.argv.slice(2)
const receipts: Receipt[] = []
const record = (receipt: Receipt): void => void receipts.push(receipt)
const BANNER_PORTS = [22, 25, 9000, 9999]

function run(line: string): void {
  const [command = '', ...args] = line.split(' ')
  execFileSync(command, args)
}

function createNetwork(): void {
  run('ip link set lo up')
  run(`ip link add out0 type veth peer name eth0 netns ${jobPid}`)
  run(`ip address add ${JOB.gateway4}/24 dev out0`)
  run(`ip -6 address add ${JOB.gateway6}/64 dev out0 nodad`)
  run('ip link set out0 up')
  // Every address of a network is ours, without thousands of them on an interface.
  for (const network of OUTSIDE_NETWORKS.v4) run(`ip route add local ${network} dev lo`)
  for (const network of OUTSIDE_NETWORKS.v6) run(`ip -6 route add local ${network} dev lo`)
  // An address that a server binds must be on an interface, in IPv6.
  run(`ip -6 address add ${NAME_SERVER.v6}/128 dev lo nodad`)
  run(`ip route add ${CONTAINER.network} via ${JOB.v4}`)
}

/** Answers on ports that are neither web nor DNS: says who it is, then gives back what it gets. */
async function createBanners(): Promise<void> {
  for (const port of BANNER_PORTS) {
    const server = createServer((socket) => {
      const address = socket.localAddress
      record({ server: `tcp-${port}`, text: '', address })
      socket.on('error', () => socket.destroy())
      socket.write('SSH-2.0-outside\r\n')
      socket.on('data', (chunk) => {
        record({ server: `tcp-${port}`, text: chunk.toString('latin1'), address })
        socket.write(chunk)
      })
    }).listen(port, '::')
    await once(server, 'listening')
  }
}

/** Connects to the machine and waits up to a second for what is served there. */
async function pull(address: string, port: number): Promise<void> {
  const socket = connect({ host: address, port, timeout: 1000 })
  socket.on('data', (chunk) => record({ server: 'pulled', text: chunk.toString('latin1') }))
  socket.on('timeout', () => socket.destroy())
  socket.on('error', () => socket.destroy())
  socket.write('give\n')
  await new Promise((resolve) => socket.once('close', resolve))
}

async function knock(address: string, port: number): Promise<void> {
  const socket = createSocket('udp4')
  socket.on('message', (chunk) => record({ server: 'answered', text: chunk.toString('latin1') }))
  socket.send('give', port, address)
  setTimeout(() => socket.close(), 500)
  await once(socket, 'close')
}

async function handle(request: OutsideRequest): Promise<unknown> {
  if (request.kind === 'receipts') return receipts
  if (request.kind === 'pull') return pull(request.address, request.port)
  return knock(request.address, request.port)
}

createNetwork()
const material = {
  key: readFileSync(path.join(directory, 'outside.key'), 'utf8'),
  cert: readFileSync(path.join(directory, 'outside.pem'), 'utf8'),
}
await createNameServer(record, material)
await createWebServers(record, material, path.join(directory, 'repositories'))
await createBanners()
console.log(JSON.stringify({ id: 0, value: 'ready' }))
for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line) as OutsideRequest
  void handle(request).then((value) => console.log(JSON.stringify({ id: request.id, value: value ?? null })))
}
process.exit(0)
