import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createRelayWorld, type RelayWorld } from '../../support/relay-world.ts'
import { waitUntil } from '../../support/wait-until.ts'

let far: Server
let port: number
let world: RelayWorld
let seen: { readonly head: string; readonly body: string }[] = []

beforeAll(async () => {
  far = createServer(answer)
  far.on('upgrade', (request: IncomingMessage, socket: Socket) => {
    if (request.url === '/refused') socket.end('HTTP/1.1 426 Upgrade Required\r\nContent-Length: 2\r\n\r\nno')
    else {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n')
      socket.on('data', (bytes: Buffer) => socket.write(`echo ${String(bytes)}`))
      socket.on('error', () => undefined)
    }
  })
  far.listen(0, '127.0.0.1')
  await once(far, 'listening')
  const address = far.address()
  port = typeof address === 'object' && address !== null ? address.port : 0
  world = await createRelayWorld({
    rules: [`http://allowed.test:${port}`, `http://gone.test:${port}`, `http://refusing.test:1`],
    inspectedPorts: { tls: 443, http: port },
  })
  world.names.records.set('allowed.test', { a: ['127.0.0.1'] })
})

afterAll(async () => {
  await world[Symbol.asyncDispose]()
  far.closeAllConnections()
  far.close()
})

/** Answers that Node's parser takes and its own server refuses to give. */
const BROKEN = new Map([
  ['/code', 'HTTP/1.1 099 x\r\nContent-Length: 0\r\n\r\n'],
  ['/reason', 'HTTP/1.1 200 a\x01b\r\nContent-Length: 0\r\n\r\n'],
])

async function answer(request: IncomingMessage, response: import('node:http').ServerResponse): Promise<void> {
  const body = await text(request).catch(() => 'cut')
  seen.push({ head: renderHead(request), body })
  const broken = BROKEN.get(request.url ?? '')
  if (broken !== undefined) request.socket.end(broken, 'latin1')
  else if (request.url === '/big') response.end(Buffer.alloc(3_000_000, 'x'))
  else if (request.url === '/stream') {
    response.write('one')
    setImmediate(() => response.end('two'))
  } else response.end(`${request.method} ${request.url} ${body.length}`)
}

const renderHead = (request: IncomingMessage): string =>
  [
    `${request.method} ${request.url}`,
    ...request.rawHeaders.map((each, at) => (at % 2 === 0 ? `${each}:` : each)),
  ].join(' ')

const enter = (): Promise<Socket> => world.enter('http', { address: '203.0.113.80', port })

/** Sends bytes, half-closes, and gives everything that comes back. */
async function exchange(bytes: string, host = `allowed.test:${port}`): Promise<string> {
  seen = []
  const socket = await enter()
  socket.end(bytes.replaceAll('HOST', host), 'latin1')
  return text(socket)
}

describe('createHttpEntrance()', () => {
  test('sends a request on, re-serialised, hop-by-hop fields removed', async () => {
    const raw =
      'GET /a?b=1 HTTP/1.1\r\nhOst: HOST\r\nX-One: 1\r\nConnection: x-hop, close\r\nX-Hop: 2\r\nProxy-Authorization: Basic eA==\r\n\r\n'
    expect(await exchange(raw)).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*GET \/a\?b=1 0/)
    expect(seen[0]?.head).toBe(`GET /a?b=1 Host: allowed.test:${port} X-One: 1 Connection: close`)
    const event = await waitUntil('it is logged', () => world.events.find(({ host }) => host === 'allowed.test'))
    expect(event).toMatchObject({ verdict: 'allowed', protocol: 'http', port, rule: `http://allowed.test:${port}` })
  })

  test('decides each request of a connection by itself', async () => {
    const good = 'GET /1 HTTP/1.1\r\nHost: HOST\r\n\r\n'
    const bad = `GET /2 HTTP/1.1\r\nHost: evil.test:${port}\r\n\r\n`
    const answers = await exchange(good + bad + good)
    expect(answers).toMatch(/200 OK[\s\S]*403 Forbidden[\s\S]*evil\.test/)
    expect(seen.map(({ head }) => head.split(' ')[1])).toEqual(['/1'])
  })

  test('a refusal says why and which line would allow it', async () => {
    const answers = await exchange('GET / HTTP/1.1\r\nHost: HOST\r\n\r\n', `other.test:${port}`)
    expect(answers).toMatch(/^HTTP\/1\.1 403 /)
    expect(answers).toContain('not-allowed')
    expect(answers).toContain(`http://other.test:${port}`)
  })

  test('streams bodies both ways, with a length and in chunks', async () => {
    const length = `POST /l HTTP/1.1\r\nHost: HOST\r\nContent-Length: 100000\r\n\r\n${'y'.repeat(100_000)}`
    expect(await exchange(length)).toContain('POST /l 100000')
    const chunks =
      'POST /c HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n'
    expect(await exchange(chunks)).toContain('POST /c 5')
    expect((await exchange('GET /big HTTP/1.1\r\nHost: HOST\r\n\r\n')).length).toBeGreaterThan(3_000_000)
    expect(await exchange('GET /stream HTTP/1.1\r\nHost: HOST\r\n\r\n')).toMatch(/3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n$/)
  })

  test('lets the far side ask for the body', async () => {
    const socket = await enter()
    socket.write(`PUT /p HTTP/1.1\r\nHost: allowed.test:${port}\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n`)
    const [first] = (await once(socket, 'data')) as [Buffer]
    expect(String(first)).toMatch(/^HTTP\/1\.1 100 /)
    socket.end('abc')
    expect(await text(socket)).toContain('PUT /p 3')
  })

  test('absolute form must agree with Host', async () => {
    expect(await exchange('GET http://HOST/x HTTP/1.1\r\nHost: HOST\r\n\r\n')).toContain('GET /x 0')
    const two = await exchange(`GET http://evil.test:${port}/ HTTP/1.1\r\nHost: HOST\r\n\r\n`)
    expect(two).toMatch(/403[\s\S]*name-mismatch/)
  })

  test.each([
    ['two lengths', 'POST / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc'],
    [
      'length and chunks',
      'POST / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    [
      'chunks and length',
      'POST / HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n',
    ],
    [
      'another encoding before chunked',
      'POST / HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n',
    ],
    [
      'chunked twice',
      'POST / HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['a blank in the encoding', 'POST / HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n'],
    ['chunks under 1.0', 'POST / HTTP/1.0\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['a signed length', 'POST / HTTP/1.1\r\nHost: HOST\r\nContent-Length: +3\r\n\r\nabc'],
    ['a folded line', 'GET / HTTP/1.1\r\nHost: HOST\r\nX-A: 1\r\n b\r\n\r\n'],
    ['a folded Host', 'GET / HTTP/1.1\r\nHost:\r\n HOST\r\n\r\n'],
    ['a bare LF behind a field', 'GET / HTTP/1.1\r\nHost: HOST\nX-A: 1\r\n\r\n'],
    ['a bare LF behind the request line', 'GET / HTTP/1.1\nHost: HOST\r\n\r\n'],
    ['a bare CR in a field', 'GET / HTTP/1.1\r\nHost: HOST\r\nX-A: 1\rHost: evil.test\r\n\r\n'],
    ['NUL in a field', 'GET / HTTP/1.1\r\nHost: HOST\r\nX-A: \0\r\n\r\n'],
    ['a blank before the colon', 'GET / HTTP/1.1\r\nHost : HOST\r\n\r\n'],
    ['two Hosts', 'GET / HTTP/1.1\r\nHost: HOST\r\nHost: evil.test\r\n\r\n'],
    ['the same Host twice', 'GET / HTTP/1.1\r\nHost: HOST\r\nHost: HOST\r\n\r\n'],
    ['no Host', 'GET / HTTP/1.1\r\nX-A: 1\r\n\r\n'],
    ['no Host under 1.0', 'GET / HTTP/1.0\r\n\r\n'],
    ['an empty Host', 'GET / HTTP/1.1\r\nHost:\r\n\r\n'],
    ['user info in Host', 'GET / HTTP/1.1\r\nHost: evil.test@HOST\r\n\r\n'],
    ['a list in Host', 'GET / HTTP/1.1\r\nHost: HOST, evil.test\r\n\r\n'],
    ['CONNECT', 'CONNECT HOST HTTP/1.1\r\nHost: HOST\r\n\r\n'],
    ['user info in the target', 'GET http://evil@HOST/ HTTP/1.1\r\nHost: HOST\r\n\r\n'],
    ['https in the target', 'GET https://HOST/ HTTP/1.1\r\nHost: HOST\r\n\r\n'],
    ['HTTP/0.9', 'GET /\r\n'],
    ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['Host named in Connection', 'GET / HTTP/1.1\r\nHost: HOST\r\nConnection: host\r\n\r\n'],
    [
      'Content-Length named in Connection',
      'POST / HTTP/1.1\r\nHost: HOST\r\nConnection: content-length\r\nContent-Length: 3\r\n\r\nabc',
    ],
  ])('refuses %s and nothing of it leaves', async (_what, bytes) => {
    const answers = await exchange(bytes)
    expect(answers).toMatch(/^HTTP\/1\.1 40[03] /)
    expect(answers).toMatch(/not-http/)
    expect(seen).toEqual([])
  })

  test.each([
    ['a chunk size that is no number', 'zz\r\nabc\r\n0\r\n\r\n'],
    ['a bare LF behind a chunk size', '3\nabc\r\n0\r\n\r\n'],
    ['a chunk longer than it says', '3\r\nabcd\r\n0\r\n\r\n'],
    ['a bare LF behind a chunk', '3\r\nabc\n0\r\n\r\n'],
    ['a chunk size with a sign', '+3\r\nabc\r\n0\r\n\r\n'],
    ['a chunk size beyond all numbers', 'ffffffffffffffffff\r\nabc\r\n0\r\n\r\n'],
  ])('a body with %s never arrives whole', async (_what, body) => {
    await exchange(`POST / HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n\r\n${body}`)
    expect(seen.filter((each) => each.body !== 'cut')).toEqual([])
  })

  test('a WebSocket becomes a tunnel once the far side agrees', async () => {
    const socket = await enter()
    socket.write(`GET /ws HTTP/1.1\r\nHost: allowed.test:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`)
    expect(String((await once(socket, 'data'))[0])).toMatch(/^HTTP\/1\.1 101 /)
    socket.write('hi')
    expect(String((await once(socket, 'data'))[0])).toBe('echo hi')
    socket.destroy()
  })

  test('a refused WebSocket ends the connection: no second request can follow undecided', async () => {
    const socket = await enter()
    const head = `Host: allowed.test:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`
    socket.write(`GET /refused HTTP/1.1\r\n${head}`)
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 426 /)
  })

  test('an upgrade to something else is an ordinary request', async () => {
    const bytes =
      'GET /h2 HTTP/1.1\r\nHost: HOST\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMA\r\n\r\n'
    expect(await exchange(bytes)).toContain('GET /h2 0')
    expect(seen[0]?.head).not.toMatch(/upgrade|settings/i)
  })

  test.each([...BROKEN.keys()])('says 502 for an answer that cannot be passed on: %s', async (path) => {
    expect(await exchange(`GET ${path} HTTP/1.1\r\nHost: HOST\r\n\r\n`)).toMatch(/^HTTP\/1\.1 502 [\s\S]*EPROTO/)
    await waitUntil('it is logged', () => world.events.some(({ failure }) => failure === 'EPROTO'))
  })

  test('says 502 when the host cannot be reached', async () => {
    expect(await exchange('GET / HTTP/1.1\r\nHost: HOST\r\n\r\n', `gone.test:${port}`)).toMatch(
      /^HTTP\/1\.1 502 [\s\S]*unresolvable/,
    )
    const event = await waitUntil('it is logged', () => world.events.find(({ host }) => host === 'gone.test'))
    expect(event).toMatchObject({ verdict: 'failed', reason: 'unresolvable' })
  })
})
