import { createSocket, type Socket as DatagramSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { readErrorCode } from './dial-error.ts'

/** Something bound on both loopback addresses under one port. */
export interface Bound {
  readonly port: number
  close(): void
}

const BACKLOG = 4096
const ATTEMPTS = 20
/** The machine has no IPv6, or it is switched off. */
const NO_SUCH_FAMILY: readonly string[] = ['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EINVAL']

/**
 * Listens on 127.0.0.1 and, where there is one, ::1.
 * @param preferred 0 for any free port; another one is taken or nothing is
 * @throws Error with the code of the system
 */
export function bindTcp(preferred: number, onConnection: (socket: Socket) => void): Promise<Bound> {
  return bindBoth(preferred, async (host, port) => {
    const server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, onConnection)
    server.listen({ host, port, backlog: BACKLOG, exclusive: true })
    await once(server, 'listening')
    keepAccepting(server)
    return { port: readPort(server.address()), close: () => void server.close() }
  })
}

/** The same for datagrams. */
export function bindUdp(preferred: number, onSocket: (socket: DatagramSocket) => void): Promise<Bound> {
  return bindBoth(preferred, async (host, port) => {
    const socket = createSocket(host === '::1' ? { type: 'udp6', ipv6Only: true } : { type: 'udp4' })
    socket.bind({ address: host, port, exclusive: true })
    await once(socket, 'listening')
    socket.on('error', () => undefined)
    onSocket(socket)
    return { port: readPort(socket.address()), close: () => void socket.close() }
  })
}

// Out of descriptors, or a client that was gone before it was accepted: neither ends the listener.
function keepAccepting(server: Server): void {
  server.on('error', () => undefined)
}

type BindOne = (host: string, port: number) => Promise<Bound>

async function bindBoth(preferred: number, bindOne: BindOne): Promise<Bound> {
  for (let attempt = 1; ; attempt += 1) {
    const v4 = await bindOne('127.0.0.1', preferred)
    try {
      const v6 = await bindOne('::1', v4.port)
      return { port: v4.port, close: () => [v4, v6].forEach((one) => void one.close()) }
    } catch (error) {
      if (NO_SUCH_FAMILY.includes(readErrorCode(error) ?? '')) return v4
      v4.close()
      // Somebody else has this number on ::1 only.
      if (preferred !== 0 || attempt === ATTEMPTS || readErrorCode(error) !== 'EADDRINUSE') throw error
    }
  }
}

function readPort(address: { readonly port: number } | string | null): number {
  return typeof address === 'object' && address !== null ? address.port : 0
}
