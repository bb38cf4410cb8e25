import { createSocket, type RemoteInfo } from 'node:dgram'
import { once } from 'node:events'

export interface NameServer {
  /** Names that were asked for since the last `forget`, in order, each with the type number (1 = A, 28 = AAAA). */
  readonly queries: readonly string[]
  readonly forget: () => void
  /** Names that resolve, all to the provider's address; everything else is NXDOMAIN. */
  readonly setNames: (names: readonly string[]) => void
  readonly close: () => void
}

const TYPE_A = 1

/** The only resolver inside the namespace. It sees every name that anything there asks for. */
export async function createNameServer(address: string, target: string): Promise<NameServer> {
  const socket = createSocket('udp4')
  const queries: string[] = []
  let names: ReadonlySet<string> = new Set()
  socket.on('message', (query: Buffer, peer: RemoteInfo) => {
    const { name, type, end } = parseQuestion(query)
    queries.push(name)
    const known = names.has(name)
    const answer = known && type === TYPE_A ? renderAnswer(target) : Buffer.alloc(0)
    const head = Buffer.from(query.subarray(0, 12))
    head.writeUInt16BE(known ? 0x8580 : 0x8583, 2)
    head.writeUInt16BE(answer.length > 0 ? 1 : 0, 6)
    head.fill(0, 8, 12)
    socket.send(Buffer.concat([head, query.subarray(12, end), answer]), peer.port, peer.address)
  })
  socket.bind(53, address)
  await once(socket, 'listening')
  return {
    queries,
    forget: () => void queries.splice(0),
    setNames: (list) => {
      names = new Set(list)
    },
    close: () => socket.close(),
  }
}

function parseQuestion(query: Buffer): { readonly name: string; readonly type: number; readonly end: number } {
  const labels: string[] = []
  let at = 12
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length).toLowerCase())
    at += length + 1
  }
  return { name: labels.join('.'), type: query.readUInt16BE(at + 1), end: at + 5 }
}

// A pointer to the question's name, type A, class IN, one second, four bytes of address.
function renderAnswer(address: string): Buffer {
  return Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4, ...address.split('.').map(Number)])
}
