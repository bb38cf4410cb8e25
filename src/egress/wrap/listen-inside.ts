import { createSocket, type Socket as DatagramSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import type { BridgeOpening } from '../../core/bridge-opening.ts'
import type { RelayPorts } from '../../core/egress-config.ts'

export type Entrance = BridgeOpening['entrance']

export interface InsideHandlers {
  readonly onConnection: (client: Socket, entrance: Entrance) => void
  /** Gives the answer, or undefined for none. */
  readonly onDatagram: (message: Buffer) => Promise<Buffer | undefined>
}

const LOOPBACK = ['127.0.0.1', '::1'] as const
const MAX_DATAGRAMS = 512

/**
 * Opens the ports inside: first the given numbers, so that none of the free ones takes their place.
 * @throws Error when a given port cannot be opened
 */
export async function listenInside(
  given: { readonly forwardedPorts: readonly number[]; readonly proxyPort: number | null },
  handlers: InsideHandlers,
): Promise<Omit<RelayPorts, 'proxy'>> {
  const open = (entrance: Entrance, port: number): Promise<number> =>
    listenTcp((client) => handlers.onConnection(client, entrance), port)
  await Promise.all(given.forwardedPorts.map((port) => open('local', port)))
  if (given.proxyPort !== null) await open('proxy', given.proxyPort)
  const [tls, http, tcp, dnsTcp, dnsUdp] = await Promise.all([
    open('tls', 0),
    open('http', 0),
    open('tcp', 0),
    open('dns', 0),
    listenUdp(handlers.onDatagram),
  ])
  return { tls, http, tcp, dnsTcp, dnsUdp }
}

/** Listens on both loopback addresses under one number; on one where the kernel has no IPv6. */
async function listenTcp(onConnection: (client: Socket) => void, wanted: number): Promise<number> {
  let port = wanted
  for (const host of LOOPBACK) {
    const server = createServer({ allowHalfOpen: true }, onConnection)
    server.listen({ host, port, backlog: 1024 })
    if (!(await isListening(server, host))) continue
    const address = server.address()
    if (typeof address === 'object' && address !== null) port = address.port
  }
  return port
}

async function listenUdp(answer: InsideHandlers['onDatagram']): Promise<number> {
  let port = 0
  for (const host of LOOPBACK) {
    const socket = createSocket(host === '::1' ? 'udp6' : 'udp4')
    let pending = 0
    socket.on('message', (message, { address, port: from }) => {
      if (pending >= MAX_DATAGRAMS) return
      pending += 1
      void answer(message).then((reply) => {
        pending -= 1
        if (reply !== undefined) socket.send(reply, from, address)
      })
    })
    socket.bind(port, host)
    if (await isListening(socket, host)) port = socket.address().port
  }
  return port
}

async function isListening(listener: Server | DatagramSocket, host: string): Promise<boolean> {
  try {
    await once(listener, 'listening')
  } catch (error) {
    if (host === '::1' && isWithoutAddress(error)) return false
    throw error
  }
  // What fails later fails one client, which sees it itself.
  listener.on('error', () => undefined)
  return true
}

function isWithoutAddress(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code ?? ''
  return code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT'
}
