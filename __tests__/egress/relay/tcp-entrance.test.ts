import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { connect as connectTls, createServer as createTlsServer } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { sharedAuthority } from '../../fakes/certificate.ts'
import { askOverTcp } from '../../support/ask-dns.ts'
import { createRelayWorld, type RelayWorld } from '../../support/relay-world.ts'
import { waitUntil } from '../../support/wait-until.ts'

const portOf = (server: Server): number => {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

let greeting: Server
let tls: Server
let world: RelayWorld
let audit: RelayWorld

beforeAll(async () => {
  // Speaks first, as SSH does, and answers after the client's end.
  greeting = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => undefined)
    socket.write('hello\n')
    socket.on('data', (bytes) => socket.write(bytes))
    socket.on('end', () => socket.end('\nbye'))
  })
  tls = createTlsServer(sharedAuthority().issue(['web.test']), (socket) => socket.end('over tls'))
  for (const server of [greeting, tls]) server.listen(0, '127.0.0.1')
  await Promise.all([greeting, tls].map((server) => once(server, 'listening')))
  const rules = [
    `tcp://ssh.test:${portOf(greeting)}`,
    `https://web.test:${portOf(tls)}`,
    `127.0.0.1:${portOf(greeting)}`,
  ]
  world = await createRelayWorld({ rules, inspectedPorts: { tls: portOf(greeting), http: 80 } })
  audit = await createRelayWorld({ rules, mode: 'audit' })
  for (const each of [world, audit]) {
    for (const name of ['ssh.test', 'web.test', 'other.test']) each.names.records.set(name, { a: ['127.0.0.1'] })
  }
})

afterAll(async () => {
  await world[Symbol.asyncDispose]()
  await audit[Symbol.asyncDispose]()
  greeting.close()
  tls.close()
})

const lookUp = async (name: string, where = world): Promise<string> => {
  const [address] = (await askOverTcp(where.ports.dnsTcp, name, 1)).addresses
  return address ?? ''
}

const talk = async (socket: Socket): Promise<string> => {
  socket.end('ping')
  return text(socket)
}

describe('serveTcp()', () => {
  test('a tcp rule passes what goes to the made-up address of its name, half-close kept', async () => {
    const socket = await world.enter('tcp', { address: await lookUp('ssh.test'), port: portOf(greeting) })
    expect(await talk(socket)).toBe('hello\nping\nbye')
    const event = await waitUntil('it is logged', () => world.events.find(({ host }) => host === 'ssh.test'))
    expect(event).toMatchObject({ verdict: 'allowed', protocol: 'tcp', address: null, bytesOut: 4, bytesIn: 14 })
  })

  test('a tcp rule holds on the port of TLS too', async () => {
    const socket = await world.enter('tls', { address: await lookUp('ssh.test'), port: portOf(greeting) })
    expect(await talk(socket)).toBe('hello\nping\nbye')
  })

  test('an address rule passes what goes to that address', async () => {
    const socket = await world.enter('tcp', { address: '127.0.0.1', port: portOf(greeting) })
    expect(await talk(socket)).toBe('hello\nping\nbye')
  })

  test('an https rule for another port has the connection inspected', async () => {
    const address = await lookUp('web.test')
    const good = await world.enter('tcp', { address, port: portOf(tls) })
    expect(await text(connectTls({ socket: good, servername: 'web.test', ca: sharedAuthority().ca }))).toBe('over tls')
    const bad = await world.enter('tcp', { address, port: portOf(tls) })
    const secure = connectTls({ socket: bad, servername: 'other.test' })
    const [error] = await once(secure, 'error').catch((thrown: unknown) => [thrown])
    expect(String((error as Error).message)).toMatch(/unrecognized name/i)
  })

  test.each([
    ['a name without a rule', () => lookUp('other.test'), 'not-allowed', 'other.test'],
    ['an address without a rule', async () => '203.0.113.1', 'address-literal', null],
    ['a made-up address nobody asked for', async () => '198.18.77.77', 'not-allowed', null],
  ])('resets %s', async (_what, derive, reason, host) => {
    const socket = await world.enter('tcp', { address: await derive(), port: 25 })
    const [error] = await once(socket, 'error').catch((thrown: unknown) => [thrown])
    expect(error).toMatchObject({ code: 'ECONNRESET' })
    await waitUntil('it is logged', () =>
      world.events.some((event) => event.reason === reason && event.host === host && event.port === 25),
    )
  })

  test('audit mode dials no address that was made up and given to no name', async () => {
    const client = await audit.enter('tcp', { address: '198.19.255.254', port: 9 })
    client.resume()
    await expect(once(client, 'close')).rejects.toMatchObject({ code: 'ECONNRESET' })
  })

  test('audit mode goes where the client wanted and says what would have been stopped', async () => {
    const byName = await audit.enter('tcp', { address: await lookUp('other.test', audit), port: portOf(greeting) })
    expect(await talk(byName)).toBe('hello\nping\nbye')
    const byAddress = await audit.enter('tls', { address: '127.0.0.1', port: portOf(greeting) })
    byAddress.write('not tls')
    byAddress.end()
    expect(await text(byAddress)).toContain('hello')
    await waitUntil(
      'both are logged',
      () => audit.events.filter(({ verdict }) => verdict === 'would-block').length >= 1 && audit.events.length >= 2,
    )
    expect(audit.names.queries.every((query) => !query.startsWith('ssh'))).toBe(true)
  })
})
