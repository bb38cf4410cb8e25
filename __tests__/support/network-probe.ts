import { createSocket, type Socket as UdpSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { connect, createServer, type Socket } from 'node:net'

/**
 * A program of its own that sends or listens as one user in one namespace and says in lines of JSON what came of it. Loaded as root,
 * then it becomes that user.
 */
export type ProbeOrder =
  | {
      readonly kind: 'tcp-serve' | 'udp-serve' | 'http-serve'
      readonly uid: number
      readonly at: Address
      readonly says: string
    }
  /** Connects and tells the greeting, or the error. `tcp-stay` then waits for a line on stdin, sends, and tells the answer or the error. */
  | { readonly kind: 'tcp' | 'tcp-stay'; readonly uid: number; readonly at: Address }
  /** Connects, sends a text and tells the first answer, or the error. */
  | { readonly kind: 'exchange'; readonly uid: number; readonly at: Address; readonly sends: string }
  /** Sends one datagram and tells the answer, `sent` when none came, or the error. */
  | { readonly kind: 'udp'; readonly uid: number; readonly at: Address; readonly from?: number; readonly says?: string }

type Asking = Extract<ProbeOrder, { readonly kind: 'udp' }>
type Calling = Extract<ProbeOrder, { readonly kind: 'tcp' | 'tcp-stay' }>

export interface Address {
  readonly host: string
  readonly port: number
}

/** Long, so that a busy machine does not turn an answer into silence. */
const ANSWER_MS = 2000

async function runProbe(order: ProbeOrder): Promise<void> {
  process.setgroups?.([])
  process.setgid?.(order.uid)
  process.setuid?.(order.uid)
  switch (order.kind) {
    case 'tcp-serve':
      return serveTcp(order.at, order.says)
    case 'udp-serve':
      return serveUdp(order.at, order.says)
    case 'http-serve':
      return serveHttp(order.at, order.says)
    case 'exchange':
      return exchange(order.at, order.sends)
    case 'tcp':
    case 'tcp-stay':
      return callTcp(order)
    case 'udp':
      return callUdp(order)
  }
}

async function serveTcp({ host, port }: Address, says: string): Promise<void> {
  const server = createServer((socket) => {
    socket.on('error', () => {}).write(says)
    socket.on('data', (bytes) => {
      say({ received: String(bytes) })
      socket.write('heard')
    })
  })
  server.listen(port, host)
  await once(server, 'listening')
  say({ listening: true })
}

async function serveHttp({ host, port }: Address, says: string): Promise<void> {
  const server = createHttpServer((request, response) => {
    say({ received: String(request.url), host: String(request.headers.host) })
    response.end(says)
  })
  server.listen(port, host)
  await once(server, 'listening')
  say({ listening: true })
}

async function exchange(at: Address, sends: string): Promise<void> {
  const socket = connect(at)
  socket.write(sends)
  say(await firstOf(socket))
  process.exit()
}

async function serveUdp({ host, port }: Address, says: string): Promise<void> {
  const socket = udp(host)
  socket.on('message', (bytes, sender) => {
    say({ received: String(bytes) })
    socket.send(says, sender.port, sender.address)
  })
  socket.bind(port, host)
  await once(socket, 'listening')
  say({ listening: true })
}

async function callTcp({ kind, uid, at }: Calling): Promise<void> {
  const socket = connect(at)
  const first = await firstOf(socket)
  say(first)
  if (kind === 'tcp-stay' && first.error === undefined) {
    await once(process.stdin, 'data')
    socket.write(`more from ${uid}`)
    say(await firstOf(socket))
  }
  process.exit()
}

/** The next thing that happens: bytes, an error, the end, or nothing for long. */
function firstOf(socket: Socket): Promise<Record<string, string>> {
  const { promise, resolve } = Promise.withResolvers<Record<string, string>>()
  socket.once('data', (bytes) => resolve({ text: String(bytes) }))
  socket.on('error', (error: NodeJS.ErrnoException) => resolve({ error: String(error.code) }))
  socket.once('close', () => resolve({ error: 'closed' }))
  setTimeout(() => resolve({ error: 'silence' }), 2 * ANSWER_MS).unref()
  return promise
}

async function callUdp({ at: { host, port }, from, says }: Asking): Promise<void> {
  const socket = udp(host)
  if (from !== undefined) {
    socket.bind(from)
    await once(socket, 'listening')
  }
  const { promise, resolve } = Promise.withResolvers<Record<string, string>>()
  socket.once('message', (bytes) => resolve({ text: String(bytes) }))
  socket.on('error', (error: NodeJS.ErrnoException) => resolve({ error: String(error.code) }))
  socket.send(says ?? 'question', port, host, (error: NodeJS.ErrnoException | null) => {
    if (error !== null) resolve({ error: String(error.code) })
  })
  setTimeout(() => resolve({ text: 'sent' }), ANSWER_MS)
  say(await promise)
  process.exit()
}

function udp(host: string): UdpSocket {
  return createSocket(host.includes(':') ? 'udp6' : 'udp4')
}

function say(line: Readonly<Record<string, unknown>>): void {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}

await runProbe(JSON.parse(process.argv[2] ?? ''))
