import { once } from 'node:events'
import { createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { buffer, text } from 'node:stream/consumers'
import { connect as connectTls, createServer as createTlsServer, type TLSSocket } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { sharedAuthority } from '../../fakes/certificate.ts'
import { createRelayWorld, type RelayWorld } from '../../support/relay-world.ts'
import { waitUntil } from '../../support/wait-until.ts'

const ALLOWED = 'allowed.example.com'
const ELSEWHERE = { address: '203.0.113.9', port: 443 }
const portOf = (server: Server): number => {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

let far: Server
let port: number
let world: RelayWorld

beforeAll(async () => {
  far = createTlsServer(sharedAuthority().issue([ALLOWED]), (socket) => {
    socket.on('error', () => undefined)
    socket.write(`hello ${String((socket as TLSSocket & { servername?: string }).servername)}\n`)
    socket.pipe(socket)
  })
  far.listen(0, '127.0.0.1')
  await once(far, 'listening')
  port = portOf(far)
  world = await createRelayWorld({
    rules: [`https://${ALLOWED}:${port}`, `https://inside.example.com:${port}`, `https://gone.example.com:${port}`],
    inspectedPorts: { tls: port, http: 80 },
    closed: ['10.1.2.3'],
  })
  world.names.records.set(ALLOWED, { a: ['127.0.0.1'] })
  world.names.records.set('inside.example.com', { a: ['10.1.2.3'] })
})

afterAll(async () => {
  await world[Symbol.asyncDispose]()
  far.close()
})

const greet = async (servername: string): Promise<TLSSocket> => {
  const socket = await world.enter('tls', ELSEWHERE)
  return connectTls({ socket, servername, ca: sharedAuthority().ca, rejectUnauthorized: servername === ALLOWED })
}

const lastEvent = async (host: string | null) =>
  waitUntil(`there is an event for ${host}`, () => world.events.findLast((event) => event.host === host))

describe('serveTls()', () => {
  test('what the name alone allows does not wait until its client has been looked up', async () => {
    const socket = connectTls({ port: world.ports.tls, servername: ALLOWED, ca: sharedAuthority().ca })
    const [greeting] = (await once(socket, 'data')) as [Buffer]
    expect(String(greeting)).toBe(`hello ${ALLOWED}\n`)
    socket.destroy()
  })

  test('dials the name of the ClientHello, whatever address the client dialled, and the certificate is the far one', async () => {
    const socket = await greet(ALLOWED)
    await once(socket, 'secureConnect')
    socket.end('ping')
    expect(await text(socket)).toBe(`hello ${ALLOWED}\nping`)
    expect(await lastEvent(ALLOWED)).toMatchObject({
      verdict: 'allowed',
      protocol: 'tls',
      port,
      address: ELSEWHERE.address,
      rule: `https://${ALLOWED}:${port}`,
      uid: 1001,
    })
  })

  test.each([
    ['other.example.com', { verdict: 'blocked', reason: 'not-allowed' }],
    ['inside.example.com', { verdict: 'failed', reason: 'internal-address' }],
    ['gone.example.com', { verdict: 'failed', reason: 'unresolvable' }],
  ])('refuses %s with the alert «unrecognized name» and says %o', async (name, expected) => {
    const socket = await greet(name)
    const [error] = await once(socket, 'error').catch((thrown: unknown) => [thrown])
    expect(String((error as Error).message)).toMatch(/unrecognized name/i)
    expect(await lastEvent(name)).toMatchObject(expected)
  })

  test('resets what is no TLS', async () => {
    const socket = await world.enter('tls', { address: '203.0.113.10', port: 443 })
    socket.write('SSH-2.0-OpenSSH\r\n')
    const [error] = await once(socket, 'error').catch((thrown: unknown) => [thrown])
    expect(error).toMatchObject({ code: 'ECONNRESET' })
    await waitUntil('it is logged', () => world.events.some((event) => event.reason === 'not-tls'))
  })

  test('passes 8 MB both ways unchanged', async () => {
    const socket = await greet(ALLOWED)
    const sent = Buffer.alloc(8 * 1024 * 1024, 'abcdefghij')
    socket.end(sent)
    const received = await buffer(socket)
    expect(received.subarray(received.indexOf(0x0a) + 1).equals(sent)).toBe(true)
  })

  test('takes a ClientHello that comes byte by byte', async () => {
    const hello = await recordHello(ALLOWED)
    const socket = await world.enter('tls', ELSEWHERE)
    for (const byte of hello) if (!socket.write(Buffer.from([byte]))) await once(socket, 'drain')
    const [answer] = (await once(socket, 'data')) as [Buffer]
    expect(answer[0]).toBe(22)
    socket.destroy()
  })
})

/** The first bytes that node:tls sends. */
async function recordHello(servername: string): Promise<Buffer> {
  const server = createTcpServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = connectTls({ port: portOf(server), host: '127.0.0.1', servername })
  client.on('error', () => undefined)
  const [socket] = (await once(server, 'connection')) as [Socket]
  const [bytes] = (await once(socket, 'data')) as [Buffer]
  socket.destroy()
  server.close()
  return bytes
}
