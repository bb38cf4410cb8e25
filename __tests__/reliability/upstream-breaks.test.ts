import type { Socket } from 'node:net'
import { afterAll, describe, expect, test } from '@jest/globals'
import { sharedAuthority } from '../fakes/certificate.ts'
import { createHostileProvider, type HostileProvider } from '../fakes/hostile-provider.ts'
import { deriveAcceptKey, OPCODE, renderFrame } from '../fakes/websocket-frames.ts'
import { open } from '../support/http-client.ts'
import { HEAD, Scene, TOKEN, useScene } from './support/scene.ts'
import { createTcp } from './support/tcp.ts'

/**
 * An upstream that breaks off at every class of byte, by an end (FIN) and by a reset (RST), on a connection that has served before.
 * Before its head is whole, the client gets one refusal; after it, an answer that is visibly broken. Nothing is sent twice.
 */
let upstream: HostileProvider | undefined

const scene = useScene(async () => {
  upstream = await createHostileProvider({ hostility: 'behaves' })
  return Scene.open({ origin: upstream.origin })
})
afterAll(() => upstream?.close())

const ENDINGS = ['FIN', 'RST'] as const
type Ending = (typeof ENDINGS)[number]

function breakOff(socket: Socket, ending: Ending): void {
  if (ending === 'FIN') socket.end()
  else socket.resetAndDestroy()
}

const both = <Row extends readonly unknown[]>(rows: readonly Row[]): (readonly [Ending, ...Row])[] =>
  ENDINGS.flatMap((ending) => rows.map((row) => [ending, ...row] as const))

const LENGTH = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 8\r\n\r\n'
const CHUNKED = 'HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ntransfer-encoding: chunked\r\n\r\n'
const EVENTS = CHUNKED.replace('text/plain', 'text/event-stream')

const BEFORE_THE_HEAD_IS_WHOLE = [
  ['before the status line', ''],
  ['in the protocol’s name', 'HTT'],
  ['in the status line', 'HTTP/1.1 2'],
  ['between CR and LF of the status line', 'HTTP/1.1 200 OK\r'],
  ['behind the status line', 'HTTP/1.1 200 OK\r\n'],
  ['in a header’s name', 'HTTP/1.1 200 OK\r\ncontent-ty'],
  ['in a header’s value', 'HTTP/1.1 200 OK\r\ncontent-type: text/pl'],
  ['between headers', 'HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n'],
  ['in the end of the head', 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r'],
  ['behind an interim answer', 'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n'],
] as const

/** What the client must have before the break comes, so that a reset cannot overtake it. */
const AFTER_THE_HEAD = [
  ['behind the head of a body with a length', LENGTH, ''],
  ['in a body with a length', `${LENGTH}{"a"`, '{"a"'],
  ['before the last byte of a body with a length', `${LENGTH}{"a": 1`, '{"a": 1'],
  ['behind the head of a body in chunks', CHUNKED, ''],
  ['in the line of a chunk’s size', `${CHUNKED}1`, ''],
  ['between CR and LF of a chunk’s size', `${CHUNKED}4\r`, ''],
  ['behind the line of a chunk’s size', `${CHUNKED}4\r\n`, ''],
  ['in the data of a chunk', `${CHUNKED}4\r\nab`, 'ab'],
  ['behind the data of a chunk', `${CHUNKED}4\r\nabcd`, 'abcd'],
  ['between chunks', `${CHUNKED}4\r\nabcd\r\n`, 'abcd'],
  ['in the last chunk', `${CHUNKED}4\r\nabcd\r\n0`, 'abcd'],
  ['behind the last chunk', `${CHUNKED}4\r\nabcd\r\n0\r\n`, 'abcd'],
  ['in a trailer', `${CHUNKED}4\r\nabcd\r\n0\r\nx-end: y`, 'abcd'],
  ['behind a trailer', `${CHUNKED}4\r\nabcd\r\n0\r\nx-end: yes\r\n`, 'abcd'],
  ['in an event', `${EVENTS}b\r\ndata: {"n":\r\n`, 'data: {"n":'],
  ['between events', `${EVENTS}9\r\ndata: 1\n\n\r\n`, 'data: 1\n\n'],
] as const

let count = 0

/** A path of its own, and how often the upstream got it. */
function nextPath(): { readonly path: string; readonly arrivals: () => number } {
  count += 1
  const path = `/v1/broken-${count}`
  const arrivals = (): number => upstream?.requests.filter(({ head }) => head.includes(` ${path} `)).length ?? 0
  return { path, arrivals }
}

async function expectServed(): Promise<void> {
  upstream?.setHostility('behaves')
  const next = await scene().ask('/v1/next')
  expect([next.status, next.text]).toEqual([200, 'fine'])
}

const loggedAs = (path: string) => scene().sidecar.waitForRequest((event) => event.path === path)

describe('sidecar: an upstream that breaks off before its head is whole', () => {
  test.each(both(BEFORE_THE_HEAD_IS_WHOLE))(
    'with %s %s: one refusal, nothing is repeated',
    async (ending, _at, bytes) => {
      // The connection has served before: an idempotent request on it is not repeated either.
      await expectServed()
      const { path, arrivals } = nextPath()
      upstream?.setHostility((socket) => {
        socket.write(bytes || Buffer.alloc(0), () => breakOff(socket, ending))
      })
      const answer = await scene().ask(path, { method: 'POST', body: '{"model":"m"}' })
      expect([answer.status, answer.complete]).toEqual([502, true])
      expect(answer.headers['x-agent-proxy-refusal']).toBe('upstream_reset')
      expect(JSON.parse(answer.text).error.code).toBe('proxy_upstream_reset')
      expect(await loggedAs(path)).toMatchObject({ outcome: 'upstream-failed', status: 502, refusal: 'upstream_reset' })
      await expectServed()
      expect(arrivals()).toBe(1)
    },
  )
})

describe('sidecar: an upstream that breaks off in its answer', () => {
  test.each(both(AFTER_THE_HEAD))(
    'with %s %s: a broken answer, nothing is repeated',
    async (ending, _at, bytes, seen) => {
      await expectServed()
      const { path, arrivals } = nextPath()
      const hasBegun = Promise.withResolvers<Socket>()
      upstream?.setHostility((socket) => {
        socket.write(bytes, () => hasBegun.resolve(socket))
      })
      const response = await open(`${scene().sidecar.origin('openai')}${path}`, { method: 'POST', headers: TOKEN })
      let text = ''
      const closed = new Promise((resolve) => response.once('close', resolve))
      response.on('error', () => undefined)
      const arrived = Promise.withResolvers<void>()
      response.on('data', (chunk) => {
        text += chunk
        if (text.length >= seen.length) arrived.resolve()
      })
      if (seen === '') arrived.resolve()
      await arrived.promise
      breakOff(await hasBegun.promise, ending)
      await closed
      expect([response.statusCode, response.complete, text]).toEqual([200, false, seen])
      expect(await loggedAs(path)).toMatchObject({ outcome: 'upstream-cut', status: 200 })
      await expectServed()
      expect(arrivals()).toBe(1)
    },
  )

  test('whose end is that of the connection: a reset breaks the answer, an end is its end', async () => {
    for (const [ending, complete] of [
      ['FIN', true],
      ['RST', false],
    ] as const) {
      const { path } = nextPath()
      const hasBegun = Promise.withResolvers<Socket>()
      upstream?.setHostility((socket) => {
        socket.write('HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n\r\nhalf', () => hasBegun.resolve(socket))
      })
      const response = await open(`${scene().sidecar.origin('openai')}${path}`, { headers: TOKEN })
      response.on('error', () => undefined)
      await new Promise((resolve) => response.once('data', resolve))
      const closed = new Promise((resolve) => response.once('close', resolve))
      response.resume()
      breakOff(await hasBegun.promise, ending)
      await closed
      expect([ending, response.complete]).toEqual([ending, complete])
    }
    await expectServed()
  })
})

const UPGRADE = `Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n`
const SWITCHED = `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${deriveAcceptKey('dGhlIHNhbXBsZSBub25jZQ==')}\r\n\r\n`
const FRAME = renderFrame(OPCODE.text, Buffer.from('{"type":"response.completed"}'))

describe('sidecar: an upstream that breaks off a WebSocket', () => {
  test.each(
    both([
      ['before the status line', ''],
      ['in the status line', SWITCHED.slice(0, 10)],
      ['in a header', SWITCHED.slice(0, 50)],
      ['in the end of the head', SWITCHED.slice(0, -2)],
    ] as const),
  )('with %s %s of the handshake: one refusal', async (ending, _at, bytes) => {
    const { path, arrivals } = nextPath()
    upstream?.setHostility((socket) => {
      socket.write(bytes || Buffer.alloc(0), () => breakOff(socket, ending))
    })
    using client = scene().connect()
    client.send(`GET ${path} HTTP/1.1\r\n${HEAD}${UPGRADE}`)
    const answer = await client.waitForClose()
    expect(answer).toMatch(/^HTTP\/1\.1 502 [\s\S]*x-agent-proxy-refusal: upstream_(reset|unreachable)\r\n/)
    expect(answer).toContain('proxy_upstream_')
    expect(await loggedAs(path)).toMatchObject({ status: 502, transport: 'websocket' })
    await expectServed()
    expect(arrivals()).toBe(1)
  })

  test.each(
    both([
      ['behind the handshake', Buffer.alloc(0), 'upstream-cut'],
      ['in the head of a frame', FRAME.subarray(0, 1), 'upstream-cut'],
      ['in a frame', FRAME.subarray(0, 9), 'upstream-cut'],
      ['behind a frame', FRAME, 'upstream-cut'],
    ] as const),
  )('with %s %s: the client’s connection ends, and the log says who broke off', async (ending, _at, bytes, outcome) => {
    const { path } = nextPath()
    const hasBegun = Promise.withResolvers<Socket>()
    upstream?.setHostility((socket) => {
      socket.write(Buffer.concat([Buffer.from(SWITCHED), bytes]), () => hasBegun.resolve(socket))
    })
    using client = scene().connect()
    client.send(`GET ${path} HTTP/1.1\r\n${HEAD}${UPGRADE}`)
    await client.waitFor(`\r\n\r\n${bytes.toString('latin1').slice(0, -8)}`)
    breakOff(await hasBegun.promise, ending)
    const received = await client.waitForClose()
    // No frame that says goodbye: to the client the connection broke (RFC 6455, 7.1.5: code 1006).
    expect(received.slice(received.indexOf('\r\n\r\n') + 4)).not.toMatch(/^\x88/)
    expect(await loggedAs(path)).toMatchObject({ status: 101, outcome })
    await expectServed()
  })

  test('with a goodbye: the log calls it complete', async () => {
    const { path } = nextPath()
    const goodbye = renderFrame(OPCODE.close, Buffer.from([0x03, 0xe8]))
    upstream?.setHostility((socket) => {
      socket.write(SWITCHED)
      socket.end(Buffer.concat([FRAME, goodbye]))
    })
    using client = scene().connect()
    client.send(`GET ${path} HTTP/1.1\r\n${HEAD}${UPGRADE}`)
    await client.waitForClose()
    expect(await loggedAs(path)).toMatchObject({ status: 101, outcome: 'complete' })
    await expectServed()
  })
})

describe('sidecar: an upstream that breaks off a TLS handshake', () => {
  // A record that announces more than comes, and an alert instead of an answer.
  const HALF = Buffer.from('160303007a0200', 'hex')
  test.each(
    both([
      ['before its first byte', Buffer.alloc(0)],
      ['in its first record', HALF],
      ['with what is no TLS', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')],
    ] as const),
  )('with %s %s: one refusal, no byte of the request', async (ending, _at, bytes) => {
    let received = ''
    await using plain = await createTcp((socket) => {
      socket.on('data', (chunk) => {
        received += chunk.toString('latin1')
        socket.write(bytes, () => breakOff(socket, ending))
      })
    })
    await using own = await Scene.open({
      origin: `https://127.0.0.1:${plain.port}`,
      config: { extraCa: [sharedAuthority().ca] },
    })
    const answer = await own.ask('/v1/models')
    expect(answer.status).toBe(502)
    expect(answer.headers['x-agent-proxy-refusal']).toMatch(/^upstream_(tls|reset|unreachable)$/)
    expect(received).not.toContain('HTTP/1.1')
  })
})
