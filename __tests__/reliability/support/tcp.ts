import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'

export interface TcpUpstream extends AsyncDisposable {
  readonly port: number
  readonly origin: string
  /** Connections that were accepted, the closed ones too. */
  readonly connections: readonly Socket[]
}

/** Accepts connections and leaves all of their bytes to the test. */
export async function createTcp(onConnection: (socket: Socket) => void): Promise<TcpUpstream> {
  const connections: Socket[] = []
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    connections.push(socket)
    socket.on('error', () => socket.destroy())
    onConnection(socket)
  })
  server.listen({ port: 0, host: '127.0.0.1', backlog: 1024 })
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    port,
    origin: `http://127.0.0.1:${port}`,
    connections,
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close')
      server.close()
      for (const socket of connections) socket.destroy()
      await closed
    },
  }
}
