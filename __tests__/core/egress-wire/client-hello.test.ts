import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { connect } from 'node:tls'
import { describe, expect, test } from '@jest/globals'
import { MAX_CLIENT_HELLO, parseClientHello } from '../../../src/core/egress-wire/client-hello.ts'
import { createSeededRandom } from '../../support/seeded-random.ts'

const NAME = 'Allowed.Example.com'

const number = (value: number, width: number): Buffer => {
  const bytes = Buffer.alloc(width)
  bytes.writeUIntBE(value, 0, width)
  return bytes
}
const vector = (width: number, ...parts: readonly Buffer[]): Buffer => {
  const body = Buffer.concat(parts)
  return Buffer.concat([number(body.length, width), body])
}
const extension = (type: number, body: Buffer): Buffer => Buffer.concat([number(type, 2), vector(2, body)])
const entry = (name: string, type = 0): Buffer => Buffer.concat([number(type, 1), vector(2, Buffer.from(name, 'latin1'))])
const serverName = (...entries: readonly Buffer[]): Buffer => extension(0, vector(2, ...entries))

interface Parts {
  readonly version?: Buffer
  readonly session?: Buffer
  readonly suites?: Buffer
  readonly compression?: Buffer
  readonly extensions?: Buffer | null
  readonly more?: Buffer
}

/** The handshake message, its parts replaceable. */
function renderHello(parts: Parts = {}): Buffer {
  const extensions = parts.extensions === undefined ? vector(2, serverName(entry(NAME))) : parts.extensions
  const body = Buffer.concat([
    parts.version ?? number(0x0303, 2),
    Buffer.alloc(32, 7),
    parts.session ?? vector(1, Buffer.alloc(32)),
    parts.suites ?? vector(2, number(0x1301, 2)),
    parts.compression ?? vector(1, number(0, 1)),
    extensions ?? Buffer.alloc(0),
    parts.more ?? Buffer.alloc(0),
  ])
  return Buffer.concat([number(1, 1), number(body.length, 3), body])
}

const record = (body: Buffer, version = 0x0301): Buffer => Buffer.concat([number(22, 1), number(version, 2), vector(2, body)])
const inRecords = (message: Buffer, size: number): Buffer =>
  Buffer.concat(
    Array.from({ length: Math.ceil(message.length / size) }, (_, at) => record(message.subarray(at * size, (at + 1) * size))),
  )
const withNames = (...extensions: readonly Buffer[]): Buffer => record(renderHello({ extensions: vector(2, ...extensions) }))

const HELLO = { kind: 'hello', name: 'allowed.example.com', hasEncryptedHello: false }
const refused = (reason: string) => ({ kind: 'refused', reason })

describe('parseClientHello()', () => {
  test('reads the name in lower case, one trailing dot dropped', () => {
    expect(parseClientHello(record(renderHello()))).toEqual(HELLO)
    expect(parseClientHello(withNames(serverName(entry(`${NAME}.`))))).toEqual(HELLO)
  })

  test('notes Encrypted Client Hello', () => {
    const bytes = withNames(serverName(entry(NAME)), extension(0xfe0d, Buffer.alloc(40)))
    expect(parseClientHello(bytes)).toEqual({ ...HELLO, hasEncryptedHello: true })
  })

  test('wants more at every cut, and reads whatever follows in another record', () => {
    const bytes = record(renderHello())
    for (let cut = 0; cut < bytes.length; cut += 1) {
      expect([cut, parseClientHello(bytes.subarray(0, cut)).kind]).toEqual([cut, 'more'])
    }
    expect(parseClientHello(Buffer.concat([bytes, Buffer.from([20, 3, 3, 0, 1, 1])]))).toEqual(HELLO)
  })

  test.each([1, 2, 3, 4, 5, 7, 50])('reads a message spread over records of %i bytes, and wants more at every cut', (size) => {
    const bytes = inRecords(renderHello(), size)
    expect(parseClientHello(bytes)).toEqual(renderHello().length / size > 128 ? refused('not-tls') : HELLO)
    if (size < 2) return
    for (let cut = 0; cut < bytes.length; cut += 1) expect(parseClientHello(bytes.subarray(0, cut)).kind).toBe('more')
  })

  test.each<[string, Buffer, string]>([
    ['plain text', Buffer.from('GET / HTTP/1.1\r\n'), 'not-tls'],
    ['SSH', Buffer.from('SSH-2.0-x\r\n'), 'not-tls'],
    ['an SSLv2 hello', Buffer.from([0x80, 0x2e, 1, 3, 1]), 'not-tls'],
    ['an alert', Buffer.from([21, 3, 1, 0, 2, 2, 40]), 'not-tls'],
    ['a record of TLS 4', record(renderHello(), 0x0401), 'not-tls'],
    ['an empty record', Buffer.from([22, 3, 1, 0, 0]), 'not-tls'],
    ['a record that is too long', Buffer.from([22, 3, 1, 0x40, 1]), 'not-tls'],
    ['a ServerHello', record(Buffer.concat([number(2, 1), renderHello().subarray(1)])), 'not-tls'],
    ['a message that is too long', record(Buffer.from([1, 0xff, 0, 0, 3, 3])), 'not-tls'],
    ['bytes behind the message in its record', record(Buffer.concat([renderHello(), Buffer.from([0])])), 'not-tls'],
    ['SSL 2 inside', record(renderHello({ version: number(0x0200, 2) })), 'not-tls'],
    ['a session id of 33 bytes', record(renderHello({ session: vector(1, Buffer.alloc(33)) })), 'not-tls'],
    ['half a cipher suite', record(renderHello({ suites: vector(2, Buffer.alloc(3)) })), 'not-tls'],
    ['no cipher suite', record(renderHello({ suites: vector(2) })), 'not-tls'],
    ['no compression method', record(renderHello({ compression: vector(1) })), 'not-tls'],
    ['bytes behind the extensions', record(renderHello({ more: number(0, 1) })), 'not-tls'],
    ['an extension longer than the rest', withNames(Buffer.from([0, 5, 0, 9, 1])), 'not-tls'],
    ['the same extension twice', withNames(serverName(entry(NAME)), serverName(entry('evil.test'))), 'not-tls'],
    ['two names', withNames(serverName(entry(NAME), entry('evil.test'))), 'not-tls'],
    ['a name of another type', withNames(serverName(entry(NAME, 1))), 'not-tls'],
    ['an empty list of names', withNames(extension(0, vector(2))), 'not-tls'],
    ['an empty name', withNames(serverName(entry(''))), 'not-tls'],
    ['an empty extension', withNames(extension(0, Buffer.alloc(0))), 'not-tls'],
    ['bytes behind the list of names', withNames(extension(0, Buffer.concat([vector(2, entry(NAME)), number(0, 1)]))), 'not-tls'],
    ['no extensions', record(renderHello({ extensions: null })), 'no-server-name'],
    ['no name among the extensions', withNames(extension(43, Buffer.from([2, 3, 4]))), 'no-server-name'],
    ['NUL in the name', withNames(serverName(entry('allowed.example.com\0.evil.test'))), 'no-server-name'],
    ['a blank in the name', withNames(serverName(entry('allowed.example.com '))), 'no-server-name'],
    ['two dots in a row', withNames(serverName(entry('allowed..example.com'))), 'no-server-name'],
    ['Latin-1 in the name', withNames(serverName(entry('\xe4.example.com'))), 'no-server-name'],
    ['a label of 64', withNames(serverName(entry(`${'a'.repeat(64)}.com`))), 'no-server-name'],
    ['a name of 254', withNames(serverName(entry('a.'.repeat(126) + 'com'))), 'no-server-name'],
    ['a number as last label', withNames(serverName(entry('1.2.3'))), 'no-server-name'],
    ['an IPv4 address', withNames(serverName(entry('192.0.2.1'))), 'address-literal'],
    ['an IPv6 address', withNames(serverName(entry('2001:db8::1'))), 'address-literal'],
  ])('refuses %s', (_what, bytes, reason) => {
    expect(parseClientHello(bytes)).toEqual(refused(reason))
  })

  test('is bounded: endless small records end', () => {
    const flood = inRecords(Buffer.concat([Buffer.from([1, 0, 0x70, 0]), Buffer.alloc(4000)]), 1)
    expect(parseClientHello(flood)).toEqual(refused('not-tls'))
    expect(parseClientHello(Buffer.alloc(MAX_CLIENT_HELLO + 6, 22)).kind).toBe('refused')
  })

  test('never throws and never reads another name, whatever bytes are changed', () => {
    const random = createSeededRandom(20261125)
    const bytes = withNames(serverName(entry(NAME)), extension(43, Buffer.from([2, 3, 4])))
    const start = bytes.indexOf('Allowed')
    for (let round = 0; round < 40_000; round += 1) {
      const changed = Buffer.from(bytes)
      for (let count = 1 + random(3); count > 0; count -= 1) {
        const at = random(changed.length)
        // The name itself may of course become another one.
        if (at < start || at >= start + NAME.length) changed[at] = random(256)
      }
      const reading = parseClientHello(changed.subarray(0, random(8) === 0 ? random(changed.length) : undefined))
      if (reading.kind === 'hello') expect('allowed.example.com').toContain(reading.name)
    }
  })

  test('reads what node:tls sends', async () => {
    const bytes = await record1((port) => {
      const socket = connect({ port, host: '127.0.0.1', servername: NAME })
      socket.on('error', () => undefined)
    })
    expect(parseClientHello(bytes)).toEqual(HELLO)
  })

  test.each([
    ['/usr/bin/curl', (port: number) => ['-sk', '--connect-to', `${NAME}:443:127.0.0.1:${port}`, `https://${NAME}/`]],
    ['/usr/bin/openssl', (port: number) => ['s_client', '-connect', `127.0.0.1:${port}`, '-servername', NAME]],
  ])('reads what %s sends, where it is installed', async (program, derive) => {
    if (!existsSync(program)) return
    const bytes = await record1((port) => void spawn(program, derive(port), { stdio: 'ignore' }))
    expect(parseClientHello(bytes)).toEqual(HELLO)
  })
})

/** The first bytes that a client sends to a server which says nothing. */
async function record1(start: (port: number) => void): Promise<Buffer> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  start(typeof address === 'object' && address !== null ? address.port : 0)
  const [socket] = (await once(server, 'connection')) as [Socket]
  const [bytes] = (await once(socket, 'data')) as [Buffer]
  socket.destroy()
  server.close()
  return bytes
}
