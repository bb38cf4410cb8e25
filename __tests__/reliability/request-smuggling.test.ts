import type { IncomingMessage, ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { createRelayWorld, type RelayWorld } from '../support/relay-world.ts'
import { createScriptedUpstream, type ScriptedUpstream } from '../support/scripted-upstream.ts'
import { HEAD, Scene, useScene } from './support/scene.ts'
import { SMUGGLING_CASES } from './support/smuggling-cases.ts'

/** What an upstream has received: the path of each request, and its body where that came whole. */
interface Arrival {
  readonly path: string
  body: string | undefined
}

let arrivals: Arrival[] = []

function record(request: IncomingMessage, response: ServerResponse): void {
  const arrival: Arrival = { path: request.url ?? '', body: undefined }
  arrivals.push(arrival)
  text(request).then(
    (body) => {
      arrival.body = body
      response.end(`answer to ${request.url}`)
    },
    () => undefined,
  )
}

let upstream: ScriptedUpstream

async function openUpstream(): Promise<void> {
  upstream = await createScriptedUpstream({
    request: record,
    upgrade: (request, socket) => {
      arrivals.push({ path: request.url ?? '', body: undefined })
      socket.write('HTTP/1.1 426 Upgrade Required\r\nContent-Length: 2\r\n\r\nno')
      socket.on('data', (bytes) =>
        arrivals.push({ path: `tunnelled ${String(bytes).split('\r\n')[0]}`, body: undefined }),
      )
    },
  })
}

const isWhole = ({ body }: Arrival): boolean => body !== undefined

function expectArrivals(expected: 'refused' | 'one' | 'broken'): void {
  expect(arrivals.map(({ path }) => path).filter((path) => path !== '/v1/first')).toEqual([])
  if (expected === 'refused') expect(arrivals).toEqual([])
  if (expected === 'broken') expect(arrivals.filter(isWhole)).toEqual([])
  if (expected === 'one') expect(arrivals.map(isWhole)).toEqual([true])
}

beforeEach(() => {
  arrivals = []
})

describe('sidecar: request smuggling', () => {
  const scene = useScene(async () => {
    await openUpstream()
    return Scene.open({ origin: upstream.origin })
  })
  afterAll(async () => upstream[Symbol.asyncDispose]())

  /** Sends bytes on one connection, and gives everything that came back until the sidecar closed it. */
  async function send(bytes: string): Promise<string> {
    using client = scene().connect()
    client.send(bytes)
    return await client.waitForClose()
  }

  async function expectAlive(): Promise<void> {
    expect((await scene().ask('/v1/alive')).text).toBe('answer to /v1/alive')
  }

  test.each(SMUGGLING_CASES)('$name: $expected, and the connection is closed', async ({ render, expected }) => {
    const answer = await send(render({ head: HEAD, base: '' }))
    expectArrivals(expected)
    if (expected === 'one') expect(answer).toMatch(/^HTTP\/1\.1 200 /)
    else expect(answer).not.toContain('HTTP/1.1 200')
    if (expected === 'refused') {
      expect(answer).toMatch(/^HTTP\/1\.1 4(?:00|17) /)
      expect(answer).toContain('x-agent-proxy-refusal: malformed_request')
      expect(answer.match(/HTTP\/1\.1 /g)).toHaveLength(1)
    }
    await expectAlive()
  })

  test.each([
    ['h2c', 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n'],
    ['h2c beside websocket', 'Connection: Upgrade\r\nUpgrade: websocket, h2c\r\n'],
    ['TLS/1.0', 'Connection: Upgrade\r\nUpgrade: TLS/1.0\r\n'],
  ])('an upgrade to %s is refused, and nothing behind it is read', async (_name, headers) => {
    const answer = await send(`GET /v1/first HTTP/1.1\r\n${HEAD}${headers}\r\nGET /v1/smuggled HTTP/1.1\r\n${HEAD}\r\n`)
    expect(answer).toMatch(/^HTTP\/1\.1 426 /)
    expectArrivals('refused')
    await expectAlive()
  })

  test('a WebSocket that the upstream refuses is no tunnel: what the client sends behind it reaches nobody', async () => {
    const handshake = `Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 777\r\n`
    const answer = await send(
      `GET /v1/first HTTP/1.1\r\n${HEAD}${handshake}\r\nGET /v1/smuggled HTTP/1.1\r\n${HEAD}\r\n`,
    )
    expect(answer).toMatch(/^HTTP\/1\.1 426 [\s\S]*no$/)
    expect(arrivals.map(({ path }) => path)).toEqual(['/v1/first'])
    await expectAlive()
  })

  test.each(['content-length', 'transfer-encoding', 'host', 'content-length, connection'])(
    'a Connection that names %s changes no framing',
    async (named) => {
      for (const [headers, body] of [
        ['Content-Length: 4', 'body'],
        ['Transfer-Encoding: chunked', '4\r\nbody\r\n0\r\n\r\n'],
      ]) {
        arrivals = []
        const bytes = `POST /v1/first HTTP/1.1\r\n${HEAD}Connection: close, ${named}\r\n${headers}\r\n\r\n${body}`
        expect(await send(bytes)).toMatch(/^HTTP\/1\.1 200 /)
        expect(arrivals).toEqual([{ path: '/v1/first', body: 'body' }])
      }
      await expectAlive()
    },
  )

  test('pipelined requests are two requests, each with its answer in order', async () => {
    const answer = await send(
      `POST /v1/first HTTP/1.1\r\n${HEAD}Content-Length: 4\r\n\r\nbodyGET /v1/second HTTP/1.1\r\n${HEAD}Connection: close\r\n\r\n`,
    )
    expect(answer.match(/answer to \/v1\/(?:first|second)/g)).toEqual(['answer to /v1/first', 'answer to /v1/second'])
    expect(arrivals).toEqual([
      { path: '/v1/first', body: 'body' },
      { path: '/v1/second', body: '' },
    ])
  })

  test('a pipelined request without the token is refused behind the answer to the first', async () => {
    const answer = await send(
      `GET /v1/first HTTP/1.1\r\n${HEAD}\r\nGET /v1/smuggled HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer no\r\nConnection: close\r\n\r\n`,
    )
    expect(answer).toMatch(/^HTTP\/1\.1 200 [\s\S]*HTTP\/1\.1 400 [\s\S]*client_token_invalid/)
    expect(arrivals.map(({ path }) => path)).toEqual(['/v1/first'])
  })

  test('an upload whose client waits for 100 Continue is one request; what it sends instead of the body is the body', async () => {
    using client = scene().connect()
    client.send(
      `POST /v1/first HTTP/1.1\r\n${HEAD}Expect: 100-continue\r\nContent-Length: 30\r\nConnection: close\r\n\r\n`,
    )
    await client.waitFor('100 Continue')
    client.send('GET /v1/smuggled HTTP/1.1\r\n\r\n\r')
    await client.waitForClose()
    expect(arrivals).toEqual([{ path: '/v1/first', body: 'GET /v1/smuggled HTTP/1.1\r\n\r\n\r' }])
  })
})

describe.each(['http', 'proxy'] as const)('relay: request smuggling at the door %s', (door) => {
  let world: RelayWorld
  beforeAll(async () => {
    await openUpstream()
    world = await createRelayWorld({
      rules: [`http://allowed.test:${upstream.port}`],
      inspectedPorts: { tls: 443, http: upstream.port },
      entrance: { kind: door === 'proxy' ? 'proxy-only' : 'redirect' },
    })
    world.names.records.set('allowed.test', { a: ['127.0.0.1'] })
  })
  afterAll(async () => {
    await world[Symbol.asyncDispose]()
    await upstream[Symbol.asyncDispose]()
  })

  /** Sends bytes through the door, ends its side, and gives everything that came back. */
  async function send(bytes: string): Promise<string> {
    const socket =
      door === 'http'
        ? await world.enter('http', { address: '203.0.113.80', port: upstream.port })
        : connect({ host: '127.0.0.1', port: world.ports.proxy, allowHalfOpen: true })
    socket.on('error', () => undefined)
    socket.end(bytes, 'latin1')
    return text(socket).catch(() => '')
  }

  test.each(SMUGGLING_CASES)('$name', async ({ render, expected, isWholeMessage }) => {
    const authority = `allowed.test:${upstream.port}`
    const base = door === 'proxy' ? `http://${authority}` : ''
    const answer = await send(render({ head: `Host: ${authority}\r\n`, base }))
    // The relay's parser reads these, or refuses them and goes on: where each of them ends is beyond doubt.
    if (isWholeMessage) {
      expect(arrivals.map(({ body }) => body).filter((body) => body !== '' && body !== 'body')).toEqual([])
      return
    }
    // Bytes behind what the client called its last request: the relay may close before it has sent that one.
    if (expected === 'one' && arrivals.length === 0) return
    expectArrivals(expected)
    if (expected === 'refused') expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /)
  })
})
