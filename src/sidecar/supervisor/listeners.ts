import { createServer, type Server, type Socket } from 'node:net'
import { PROVIDERS } from '../../core/providers/table.ts'
import type { SidecarConfig } from '../../core/sidecar-config.ts'
import type { BoundPorts, ListenerName } from '../ipc.ts'

export type ConnectionHandler = (listener: ListenerName, socket: Socket) => void

export interface Listeners {
  readonly ports: BoundPorts
  close(): void
}

/**
 * Binds one port per provider and one for management, and hands every accepted socket on, unread. A preferred port that is
 * taken is replaced by a free one: bound, never probed. Throws when an address cannot be bound at all.
 */
export async function createListeners(config: SidecarConfig, onConnection: ConnectionHandler): Promise<Listeners> {
  const servers: Server[] = []
  const open = async (listener: ListenerName, address: string, port: number): Promise<number> => {
    const server = createServer({ pauseOnConnect: true, noDelay: true }, (socket) => onConnection(listener, socket))
    servers.push(server)
    return bind(server, address, port)
  }
  try {
    const providers: Record<string, number> = {}
    for (const provider of config.providers) {
      const preferred = PROVIDERS[provider.id].preferredPort
      providers[provider.id] = await open(provider.id, config.listenAddress, preferred)
    }
    const management = await open('management', isIpv6(config.listenAddress) ? '::1' : '127.0.0.1', 0)
    return { ports: { management, providers }, close: () => closeAll(servers) }
  } catch (error) {
    closeAll(servers)
    throw error
  }
}

async function bind(server: Server, address: string, preferred: number): Promise<number> {
  try {
    return await listen(server, address, preferred)
  } catch (error) {
    if (preferred === 0 || !isTaken(error)) throw error
    return listen(server, address, 0)
  }
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port, backlog: 1024, exclusive: true }, () => {
      server.off('error', reject)
      // Running out of descriptors while accepting must not end the supervisor; the connection waits in the backlog.
      server.on('error', () => undefined)
      const bound = server.address()
      resolve(typeof bound === 'object' && bound !== null ? bound.port : port)
    })
  })
}

function closeAll(servers: readonly Server[]): void {
  for (const server of servers) server.close()
}

function isTaken(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code
  return code === 'EADDRINUSE' || code === 'EACCES'
}

function isIpv6(address: string): boolean {
  return address.includes(':')
}
