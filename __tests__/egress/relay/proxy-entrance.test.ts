import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { connect as connectTls, createServer as createTlsServer } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { EgressEvent } from '../../../src/core/egress-event.ts'
import { type ClientOrigin, UNKNOWN_ORIGIN } from '../../../src/egress/relay/client.ts'
import { sharedAuthority } from '../../fakes/certificate.ts'
import { createCorporateProxy } from '../../fakes/fake-corporate-proxy.ts'
import { createRelayWorld, type RelayWorld } from '../../support/relay-world.ts'
import { waitUntil } from '../../support/wait-until.ts'

const portOf = (server: Server): number => {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

const ESTABLISHED_BYTES = 'HTTP/1.1 200 Connection established\r\n\r\n'.length

let [tls, web, raw]: Server[] = []
let world: RelayWorld
const rules = (): string[] => [
  `https://tls.test:${portOf(tls as Server)}`,
  `http://web.test:${portOf(web as Server)}`,
  `tcp://raw.test:${portOf(raw as Server)}`,
  `tcp://gone.test:1`,
  '!denied.test',
]

beforeAll(async () => {
  tls = createTlsServer(sharedAuthority().issue(['tls.test']), (socket) => socket.end('over tls'))
  web = createHttpServer((request, response) => void response.end(`web ${request.url} ${request.headers.host}`))
  raw = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.pipe(socket)
  })
  for (const server of [tls, web, raw]) {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
  }
  world = await createRelayWorld({ rules: rules(), entrance: { kind: 'proxy-only' } })
  for (const name of ['tls.test', 'web.test', 'raw.test']) world.names.records.set(name, { a: ['127.0.0.1'] })
})

afterAll(async () => {
  await world[Symbol.asyncDispose]()
  for (const server of [tls, web, raw]) server?.close()
})

interface Tunnel {
  readonly socket: Socket
  readonly head: string
}

async function openTunnel(authority: string, { port = world.ports.proxy, more = '' } = {}): Promise<Tunnel> {
  const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true })
  socket.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n${more}\r\n`)
  const [head] = (await once(socket, 'data')) as [Buffer]
  return { socket, head: String(head) }
}

/** The first bytes of a TLS client that asks for this name. */
async function recordHello(servername: string): Promise<Buffer> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = connectTls({ port: portOf(server), host: '127.0.0.1', servername }).on('error', () => undefined)
  const [socket] = (await once(server, 'connection')) as [Socket]
  const [hello] = (await once(socket, 'data')) as [Buffer]
  client.destroy()
  socket.destroy()
  server.close()
  return hello
}

const speakTls = (socket: Socket, servername: string): Promise<string> =>
  text(connectTls({ socket, servername, ca: sharedAuthority().ca })).catch((error: Error) => error.message)

describe('serveProxy()', () => {
  test('only the proxy listens in this entrance', () => {
    expect(world.ports).toMatchObject({ tls: 0, http: 0, tcp: 0, dnsUdp: 0, dnsTcp: 0 })
  })

  test('CONNECT with an https rule carries TLS for its own name', async () => {
    const { socket, head } = await openTunnel(`tls.test:${portOf(tls as Server)}`)
    expect(head).toMatch(/^HTTP\/1\.1 200 /)
    expect(await speakTls(socket, 'tls.test')).toBe('over tls')
    socket.destroy()
    const event = await waitUntil('it is logged', () => world.events.find(({ host }) => host === 'tls.test'))
    expect(event).toMatchObject({ verdict: 'allowed', protocol: 'tls', port: portOf(tls as Server), address: null })
  })

  test('the name inside must be the name of CONNECT', async () => {
    const { socket } = await openTunnel(`tls.test:${portOf(tls as Server)}`)
    expect(await speakTls(socket, 'raw.test')).toMatch(/unrecognized name/i)
    await waitUntil('it is logged', () =>
      world.events.some(({ reason, host }) => reason === 'name-mismatch' && host === 'raw.test'),
    )
  })

  test('an https tunnel carries nothing but TLS', async () => {
    const { socket } = await openTunnel(`tls.test:${portOf(tls as Server)}`)
    socket.write('GET / HTTP/1.1\r\n\r\n')
    const [error] = await once(socket, 'error').catch((thrown: unknown) => [thrown])
    expect(error).toMatchObject({ code: 'ECONNRESET' })
  })

  test.each([
    ['alone', 0],
    ['among others', 5],
  ])('an https tunnel that its client closes unused, %s, is no refusal, and both ends go', async (_where, others) => {
    const authority = `tls.test:${portOf(tls as Server)}`
    const accepted = once(tls as Server, 'connection')
    const { socket } = await openTunnel(authority)
    const [far] = (await accepted) as [Socket]
    const bystanders = await Promise.all(Array.from({ length: others }, () => openTunnel(authority)))
    const known = world.events.length
    const ends = Promise.all([once(far, 'close'), once(socket, 'close')])
    socket.end()
    await ends
    const bytesOut = `CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`.length
    const isUnused = (event: EgressEvent): boolean => event.bytesOut === bytesOut && event.host === 'tls.test'
    const event = await waitUntil('it is logged', () => world.events.slice(known).find(isUnused))
    expect(event).toMatchObject({ verdict: 'allowed', protocol: 'tls', bytesIn: ESTABLISHED_BYTES })
    expect(event).not.toHaveProperty('reason')
    for (const { socket: other } of bystanders) expect(await speakTls(other, 'tls.test')).toBe('over tls')
  })

  test('an https tunnel that its server closes unused ends for the client, and is no refusal', async () => {
    const hasty = createServer((socket) => void socket.end())
    hasty.listen(0, '127.0.0.1')
    await once(hasty, 'listening')
    await using own = await createRelayWorld({
      rules: [`https://hasty.test:${portOf(hasty)}`],
      entrance: { kind: 'proxy-only' },
    })
    own.names.records.set('hasty.test', { a: ['127.0.0.1'] })
    const socket = connect({ host: '127.0.0.1', port: own.ports.proxy })
    socket.write(`CONNECT hasty.test:${portOf(hasty)} HTTP/1.1\r\n\r\n`)
    expect(await text(socket)).toBe('HTTP/1.1 200 Connection established\r\n\r\n')
    const [event] = await own.waitForEvents(1)
    expect(event).toMatchObject({ verdict: 'allowed', host: 'hasty.test' })
    hasty.close()
  })

  test('a client that never says anything is not let wait for its server', async () => {
    await using own = await createRelayWorld({
      rules: rules(),
      entrance: { kind: 'proxy-only' },
      limits: { firstBytesMs: 300 },
    })
    own.names.records.set('tls.test', { a: ['127.0.0.1'] })
    const socket = connect({ host: '127.0.0.1', port: own.ports.proxy }).on('error', () => undefined)
    socket.write(`CONNECT tls.test:${portOf(tls as Server)} HTTP/1.1\r\n\r\n`)
    const [event] = await own.waitForEvents(1)
    expect(event).toMatchObject({ verdict: 'blocked', reason: 'not-tls', host: 'tls.test' })
    await waitUntil('it is cut', () => socket.closed)
  })

  test('a hello that comes with the head is read, also from a client that has nothing more to say', async () => {
    const authority = `tls.test:${portOf(tls as Server)}`
    const hello = await recordHello('other.test')
    const socket = connect({ host: '127.0.0.1', port: world.ports.proxy, allowHalfOpen: true })
    socket.on('error', () => undefined)
    socket.end(Buffer.concat([Buffer.from(`CONNECT ${authority} HTTP/1.1\r\n\r\n`), hello]))
    const answered = await text(socket)
    expect(answered).toMatch(/^HTTP\/1\.1 200 /)
    // A TLS alert.
    expect(answered.slice(answered.indexOf('\r\n\r\n') + 4).charCodeAt(0)).toBe(21)
    await waitUntil('it is logged', () =>
      world.events.some(({ reason, host }) => reason === 'name-mismatch' && host === 'other.test'),
    )
  })

  test('a refused hello gets its alert however long the client is looked up', async () => {
    const origin = Promise.withResolvers<ClientOrigin>()
    await using own = await createRelayWorld({
      rules: rules(),
      entrance: { kind: 'proxy-only' },
      findOrigin: () => origin.promise,
    })
    own.names.records.set('tls.test', { a: ['127.0.0.1'] })
    const accepted = once(tls as Server, 'connection')
    const { socket } = await openTunnel(`tls.test:${portOf(tls as Server)}`, { port: own.ports.proxy })
    const [far] = (await accepted) as [Socket]
    const farIsGone = once(far, 'close')
    const answered = speakTls(socket, 'raw.test')
    await farIsGone
    origin.resolve({ ...UNKNOWN_ORIGIN, uid: 1001, inode: 4711 })
    expect(await answered).toMatch(/unrecognized name/i)
    const [event] = await own.waitForEvents(1)
    expect(event).toMatchObject({ reason: 'name-mismatch', uid: 1001 })
  })

  test('half a hello and then nothing is no TLS', async () => {
    const { socket } = await openTunnel(`tls.test:${portOf(tls as Server)}`)
    const known = world.events.length
    socket.on('error', () => undefined).end(Buffer.from([22, 3, 1, 1, 0, 1]))
    await waitUntil('it is logged', () => world.events.slice(known).some(({ reason }) => reason === 'not-tls'))
  })

  test('a tcp rule is not inspected; bytes sent with the head are not lost', async () => {
    const authority = `raw.test:${portOf(raw as Server)}`
    const socket = connect({ host: '127.0.0.1', port: world.ports.proxy })
    socket.end(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\nearly`)
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 200 [\s\S]*\r\n\r\nearly$/)
  })

  test('CONNECT with an http rule is plain HTTP for that name', async () => {
    const authority = `web.test:${portOf(web as Server)}`
    const { socket } = await openTunnel(authority)
    socket.end(
      `GET /in HTTP/1.1\r\nHost: ${authority}\r\n\r\nGET /out HTTP/1.1\r\nHost: raw.test:${portOf(raw as Server)}\r\n\r\n`,
    )
    expect(await text(socket)).toMatch(/web \/in web\.test[\s\S]*403[\s\S]*name-mismatch/)
  })

  test('requests in absolute form are decided one by one', async () => {
    const authority = `web.test:${portOf(web as Server)}`
    const socket = connect({ host: '127.0.0.1', port: world.ports.proxy, allowHalfOpen: true })
    const request = (host: string): string => `GET http://${host}/abs HTTP/1.1\r\nHost: ${host}\r\n\r\n`
    socket.end(request(authority) + request('other.test'))
    expect(await text(socket)).toMatch(/web \/abs web\.test[\s\S]*403[\s\S]*http:\/\/other\.test/)
  })

  test.each([
    ['other.test:443', /^HTTP\/1\.1 403 [\s\S]*allowed-domains: other\.test\n/],
    ['denied.test:443', /^HTTP\/1\.1 403 [\s\S]*denied/],
    ['tls.test:22', /^HTTP\/1\.1 403 [\s\S]*port-not-allowed/],
    ['203.0.113.7:443', /^HTTP\/1\.1 403 [\s\S]*address-literal/],
    ['[2001:db8::1]:443', /^HTTP\/1\.1 403 [\s\S]*address-literal/],
    ['gone.test:1', /^HTTP\/1\.1 502 /],
  ])('CONNECT %s is answered %s, never 407', async (authority, expected) => {
    const { socket } = await openTunnel(authority)
    socket.destroy()
    const again = connect({ host: '127.0.0.1', port: world.ports.proxy })
    again.write(`CONNECT ${authority} HTTP/1.1\r\n\r\n`)
    expect(await text(again)).toMatch(expected)
  })

  test.each([
    ['another Host', 'CONNECT tls.test:443 HTTP/1.1\r\nHost: other.test:443\r\n\r\n'],
    ['two Hosts', 'CONNECT tls.test:443 HTTP/1.1\r\nHost: tls.test\r\nHost: tls.test\r\n\r\n'],
    ['no port', 'CONNECT tls.test HTTP/1.1\r\n\r\n'],
    ['a NUL in the name', 'CONNECT tls.test\0.evil.test:443 HTTP/1.1\r\n\r\n'],
    ['user info', 'CONNECT a@tls.test:443 HTTP/1.1\r\n\r\n'],
    ['a path', 'CONNECT tls.test:443/x HTTP/1.1\r\n\r\n'],
    ['a body', 'CONNECT tls.test:443 HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello'],
    ['chunks', 'CONNECT tls.test:443 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['a bare LF', 'CONNECT tls.test:443 HTTP/1.1\nHost: tls.test\r\n\r\n'],
    ['a folded line', 'CONNECT tls.test:443 HTTP/1.1\r\nX: 1\r\n y\r\n\r\n'],
    ['a relative target', 'GET / HTTP/1.1\r\nHost: web.test\r\n\r\n'],
  ])('refuses a head with %s', async (_what, bytes) => {
    const socket = connect({ host: '127.0.0.1', port: world.ports.proxy })
    socket.end(bytes, 'latin1')
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 40[03] /)
  })
})

describe('createDialer() behind a corporate proxy', () => {
  test.each([{ tls: false }, { credentials: 'user:pass word', tls: false }])(
    'every allowed connection goes through it by name (%o)',
    async (options) => {
      await using corporate = await createCorporateProxy({
        ...options,
        routes: { [`tls.test:${portOf(tls as Server)}`]: `127.0.0.1:${portOf(tls as Server)}` },
      })
      await using chained = await createRelayWorld({
        rules: rules(),
        entrance: { kind: 'proxy-only' },
        upstreamProxy: { url: corporate.url.replace('pass word', 'pass%20word'), noProxy: 'raw.test' },
      })
      chained.names.records.set('raw.test', { a: ['127.0.0.1'] })
      const { socket } = await openTunnel(`tls.test:${portOf(tls as Server)}`, { port: chained.ports.proxy })
      expect(await speakTls(socket, 'tls.test')).toBe('over tls')
      expect(corporate.targets.at(-1)).toMatchObject({ target: `tls.test:${portOf(tls as Server)}` })
      expect(chained.names.queries).toEqual([])
      const direct = await openTunnel(`raw.test:${portOf(raw as Server)}`, { port: chained.ports.proxy })
      expect(direct.head).toMatch(/^HTTP\/1\.1 200 /)
      direct.socket.destroy()
      expect(corporate.targets).toHaveLength(1)
    },
  )

  test('speaks TLS to a corporate proxy that wants it, and only to that one', async () => {
    const target = `tls.test:${portOf(tls as Server)}`
    await using corporate = await createCorporateProxy({
      tls: true,
      credentials: 'me:secret',
      routes: { [target]: `127.0.0.1:${portOf(tls as Server)}` },
    })
    const chain = {
      rules: rules(),
      entrance: { kind: 'proxy-only' },
      upstreamProxy: { url: corporate.url, noProxy: '' },
    } as const
    await using wary = await createRelayWorld(chain)
    const stranger = await openTunnel(target, { port: wary.ports.proxy })
    expect(stranger.head).toMatch(/^HTTP\/1\.1 502 /)
    stranger.socket.destroy()
    await using chained = await createRelayWorld({ ...chain, extraCa: [sharedAuthority().ca] })
    const { socket } = await openTunnel(target, { port: chained.ports.proxy })
    expect(await speakTls(socket, 'tls.test')).toBe('over tls')
    expect(corporate.targets).toMatchObject([{ target, status: 200 }])
    expect(chained.names.queries).toEqual([])
  })

  test('plain HTTP goes through it in absolute form, and its refusal is told as such', async () => {
    await using corporate = await createCorporateProxy({
      credentials: 'me:secret',
      routes: { [`web.test:${portOf(web as Server)}`]: `127.0.0.1:${portOf(web as Server)}` },
    })
    const upstreamProxy = (url: string) => ({ url, noProxy: '' })
    await using good = await createRelayWorld({
      rules: rules(),
      entrance: { kind: 'proxy-only' },
      upstreamProxy: upstreamProxy(corporate.url),
    })
    const authority = `web.test:${portOf(web as Server)}`
    const ask = async (port: number): Promise<string> => {
      const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true })
      socket.end(`GET http://${authority}/p HTTP/1.1\r\nHost: ${authority}\r\n\r\n`)
      return text(socket)
    }
    expect(await ask(good.ports.proxy)).toContain('web /p')
    const wrong = corporate.url.replace('secret', 'wrong')
    await using bad = await createRelayWorld({
      rules: rules(),
      entrance: { kind: 'proxy-only' },
      upstreamProxy: upstreamProxy(wrong),
    })
    const { socket, head } = await openTunnel(`tls.test:${portOf(tls as Server)}`, { port: bad.ports.proxy })
    expect(head).toMatch(/^HTTP\/1\.1 502 /)
    socket.destroy()
    expect((await bad.waitForEvents(1))[0]).toMatchObject({ verdict: 'failed', failure: 'PROXY_AUTH' })
    expect(JSON.stringify(bad.replies)).not.toContain('wrong')
  })
})
