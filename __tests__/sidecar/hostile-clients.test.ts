import { once } from 'node:events'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { ask, RawConnection } from '../support/http-client.ts'
import { createScriptedUpstream, type ScriptedUpstream } from '../support/scripted-upstream.ts'
import { type Sidecar, startSidecar } from '../support/sidecar.ts'
import { RUN_TOKENS, upstreamOf } from '../support/sidecar-launch.ts'

/** One sidecar for all: whatever a client sends, the next one must be served as if nothing had been. */
let upstream: ScriptedUpstream
let sidecar: Sidecar

const token = { authorization: `Bearer ${RUN_TOKENS.other}` }
const HEAD = `Host: 127.0.0.1\r\nAuthorization: Bearer ${RUN_TOKENS.other}\r\n`

beforeAll(async () => {
  upstream = await createScriptedUpstream({
    request: (request, response) => {
      request.resume()
      request.on('end', () => response.end(`answer to ${request.url}`))
    },
  })
  sidecar = await startSidecar({
    providers: [
      { id: 'openai', upstream: upstreamOf(`${upstream.origin}/v1`) },
      { id: 'anthropic', upstream: upstreamOf(upstream.origin) },
      { id: 'gemini', upstream: upstreamOf(upstream.origin) },
    ],
  })
})

afterAll(async () => {
  await sidecar[Symbol.asyncDispose]()
  await upstream[Symbol.asyncDispose]()
})

let before = 0
beforeEach(() => {
  before = upstream.heads.length
})

/** Urls that reached the upstream since the test began. */
const arrived = (): (string | undefined)[] => upstream.heads.slice(before).map(({ url }) => url)

/** Sends bytes on one connection and gives everything that came back until it was closed. */
async function send(bytes: string | Buffer): Promise<string> {
  using client = new RawConnection(sidecar.port('openai'))
  client.send(bytes)
  return await client.waitForClose()
}

async function expectAlive(): Promise<void> {
  expect((await ask(`${sidecar.origin('openai')}/v1/alive`, { headers: token })).text).toBe('answer to /v1/alive')
}

describe('sidecar: odd and broken requests', () => {
  test.each([
    ['random bytes', Buffer.from(Array.from({ length: 4096 }, (_, index) => (index * 73 + 11) & 0xff))],
    ['a TLS ClientHello', Buffer.from('16030100c8010000c40303', 'hex')],
    ['only line ends', '\r\n\r\n\r\n\r\nX'],
    ['an unknown method', `BREW /v1/pot HTTP/1.1\r\n${HEAD}\r\n`],
    ['a head beyond 64 KiB', `GET /v1/x HTTP/1.1\r\n${HEAD}X-Huge: ${'h'.repeat(80_000)}\r\n\r\n`],
    ['a target beyond 64 KiB', `GET /${'u'.repeat(80_000)} HTTP/1.1\r\n${HEAD}\r\n`],
  ])('%s is answered with 400 and a closed connection', async (_name, bytes) => {
    using client = new RawConnection(sidecar.port('openai'))
    client.send(bytes)
    client.socket.end()
    expect(await client.waitForClose()).toMatch(/^HTTP\/1\.1 400 /)
    expect(arrived()).toEqual([])
    await expectAlive()
  })

  test.each([
    ['POST /\\[', 'bad_request_target'],
    ['GET http://evil.example/v1/models', 'bad_request_target'],
    ['OPTIONS *', 'bad_request_target'],
    ['GET /v1/../../admin', 'bad_request_target'],
    ['GET /v1/%2e%2E/admin', 'bad_request_target'],
    ['GET /v1/a%2Fb', 'bad_request_target'],
    ['GET /v1/a%5cb', 'bad_request_target'],
    ['GET /v1/.', 'bad_request_target'],
    ['TRACE /v1/models', 'method_not_forwarded'],
  ])('%s is refused', async (line, code) => {
    const answer = await send(`${line} HTTP/1.1\r\n${HEAD}Connection: close\r\n\r\n`)
    expect(answer).toMatch(/^HTTP\/1\.1 400 /)
    expect(answer).toContain(`x-agent-proxy-refusal: ${code}`)
    expect(arrived()).toEqual([])
    await expectAlive()
  })

  test('CONNECT is refused with the word about NO_PROXY', async () => {
    const answer = await send('CONNECT api.openai.com:443 HTTP/1.1\r\nHost: api.openai.com:443\r\n\r\n')
    expect(answer).toContain('x-agent-proxy-refusal: bad_request_target')
    expect(answer).toContain('NO_PROXY')
    await expectAlive()
  })

  test('pipelined requests are answered in order', async () => {
    const [one, two, three] = ['one', 'two', 'three'].map((name) => `GET /v1/${name} HTTP/1.1\r\n${HEAD}`)
    const answer = await send(`${one}\r\n${two}\r\n${three}Connection: close\r\n\r\n`)
    expect(answer.match(/answer to \/v1\/(?:one|two|three)/g)).toEqual([
      'answer to /v1/one',
      'answer to /v1/two',
      'answer to /v1/three',
    ])
  })

  test('HTTP/1.0 without keep-alive is answered and closed', async () => {
    const answer = await send(`GET /v1/old HTTP/1.0\r\n${HEAD}\r\n`)
    expect(answer).toMatch(/^HTTP\/1\.1 200 /)
    expect(answer).toContain('answer to /v1/old')
  })

  test('garbage behind a request under way breaks that answer off instead of being answered in its midst', async () => {
    await using slow = await createScriptedUpstream({
      request: (_request, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        response.write('data: 1\n\n')
      },
    })
    await using other = await startSidecar({ providers: [{ id: 'openai', upstream: upstreamOf(slow.origin) }] })
    using client = new RawConnection(other.port('openai'))
    client.send(`GET /v1/stream HTTP/1.1\r\n${HEAD}\r\n`)
    await client.waitFor('data: 1')
    client.send('\0garbage\r\n\r\n')
    expect(await client.waitForClose()).not.toContain('400')
  })

  test('two hundred clients that never finish their head delay nobody', async () => {
    const slow = Array.from({ length: 200 }, () => new RawConnection(sidecar.port('openai')))
    try {
      for (const client of slow) client.send('GET /v1/slow HTTP/1.1\r\nHost: 127')
      await Promise.all(slow.map(({ socket }) => (socket.connecting ? once(socket, 'connect') : undefined)))
      await expectAlive()
      expect(slow.filter(({ isClosed }) => isClosed)).toEqual([])
    } finally {
      for (const client of slow) client.socket.destroy()
    }
    await expectAlive()
  })

  test('a client that resets its connection at any point harms nobody', async () => {
    const whole = `POST /v1/reset HTTP/1.1\r\n${HEAD}Content-Length: 10\r\n\r\n0123456789`
    for (let length = 0; length < whole.length; length += 17) {
      const client = new RawConnection(sidecar.port('openai'))
      await once(client.socket, 'connect')
      client.socket.write(whole.slice(0, length), () => client.socket.resetAndDestroy())
      await client.waitForClose()
    }
    await expectAlive()
    expect(sidecar.readLog()).toBe('')
  })
})

describe('sidecar: the envelope of a refusal', () => {
  const wrong = { authorization: 'Bearer sk-mine' }
  test.each([
    ['openai', 400, { error: { type: 'proxy_error', code: 'proxy_client_token_invalid' } }],
    ['anthropic', 403, { type: 'error', error: { type: 'proxy_client_token_invalid' } }],
    ['gemini', 403, { error: { code: 403, status: 'PROXY_CLIENT_TOKEN_INVALID' } }],
  ] as const)('is the one of %s', async (id, status, body) => {
    const answer = await ask(`${sidecar.origin(id)}/v1/models`, { headers: wrong })
    expect([answer.status, answer.headers['x-agent-proxy-refusal']]).toEqual([status, 'client_token_invalid'])
    expect(JSON.parse(answer.text)).toMatchObject(body)
    expect(answer.text).not.toContain('sk-mine')
  })

  test('closes the connection when the refused body was not read, and keeps it otherwise', async () => {
    const post = await ask(`${sidecar.origin('openai')}/v1/x`, {
      method: 'POST',
      headers: { ...wrong, 'content-length': '3000000' },
      body: Buffer.alloc(3_000_000),
    }).catch(() => undefined)
    expect(post?.headers.connection ?? 'close').toBe('close')
    using client = new RawConnection(sidecar.port('openai'))
    client.send('GET /v1/a HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer no\r\n\r\n')
    await client.waitFor('client_token_invalid')
    client.send(`GET /v1/b HTTP/1.1\r\n${HEAD}Connection: close\r\n\r\n`)
    expect(await client.waitForClose()).toContain('answer to /v1/b')
  })
})
