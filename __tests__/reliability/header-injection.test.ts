import type { IncomingMessage } from 'node:http'
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals'
import { sharedAuthority } from '../fakes/certificate.ts'
import { json } from '../fakes/exchange.ts'
import { createFakeProvider } from '../fakes/fake-provider.ts'
import { Job } from '../support/runner.ts'
import { createScriptedUpstream, type ScriptedUpstream } from '../support/scripted-upstream.ts'
import { assertJobClean } from './support/job-search.ts'
import { HEAD, Scene, useScene } from './support/scene.ts'

const RFC_KEY = 'dGhlIHNhbXBsZSBub25jZQ=='

describe('sidecar: bytes of a client that would make a header', () => {
  let upstream: ScriptedUpstream
  let before = 0
  const scene = useScene(async () => {
    upstream = await createScriptedUpstream({
      upgrade: (_request, socket) => socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n'),
    })
    return Scene.open({ origin: upstream.origin })
  })
  afterAll(async () => upstream[Symbol.asyncDispose]())
  beforeEach(() => {
    before = upstream.heads.length
  })

  const arrived = (): readonly IncomingMessage[] => upstream.heads.slice(before)

  async function send(bytes: string): Promise<string> {
    using client = scene().connect()
    client.send(bytes)
    return await client.waitForClose()
  }

  const get = (target: string, headers = ''): string =>
    `GET ${target} HTTP/1.1\r\n${HEAD}${headers}Connection: close\r\n\r\n`

  test.each([
    ['CR in a name', get('/v1/a', 'X\rInjected: 1\r\n')],
    ['LF in a name', get('/v1/a', 'X\nInjected: 1\r\n')],
    ['NUL in a name', get('/v1/a', 'X\0Injected: 1\r\n')],
    ['obs-text in a name', get('/v1/a', 'X\xe4Injected: 1\r\n')],
    ['a blank in a name', get('/v1/a', 'X Injected: 1\r\n')],
    ['a colon at the front of a name', get('/v1/a', ':Injected: 1\r\n')],
    ['CR in a value', get('/v1/a', 'X-A: b\rInjected: 1\r\n')],
    ['LF in a value', get('/v1/a', 'X-A: b\nInjected: 1\r\n')],
    ['NUL in a value', get('/v1/a', 'X-A: b\0\r\n')],
    ['a control character in a value', get('/v1/a', 'X-A: b\x1b[2K\r\n')],
    ['DEL in a value', get('/v1/a', 'X-A: b\x7f\r\n')],
    ['CR in the target', get('/v1/a\rInjected:1')],
    ['LF in the target', get('/v1/a\nInjected: 1')],
    ['CR LF in the target', get('/v1/a HTTP/1.1\r\nInjected: 1\r\nX:')],
    ['NUL in the target', get('/v1/a\0')],
    ['an encoded NUL in the target', get('/v1/a%00b')],
    ['a tab in the target', get('/v1/a\tb')],
    ['LF in the method', `GE\nT /v1/a HTTP/1.1\r\n${HEAD}Connection: close\r\n\r\n`],
  ])(
    '%s: the request is refused, or what it made is a header of the client’s own and nothing else',
    async (_name, bytes) => {
      const answer = await send(bytes)
      if (arrived().length > 0) {
        // CR LF is not in a target: it ends the line, and what follows is a header that the client may send anyway.
        expect(arrived().map(({ url }) => url)).toEqual(['/v1/a'])
        expect(arrived()[0]?.headers.authorization).toBe(`Bearer ${scene().key}`)
        return
      }
      expect(answer).toMatch(/^HTTP\/1\.1 400 [\s\S]*x-agent-proxy-refusal: (malformed_request|bad_request_target)\r\n/)
    },
  )

  test.each([
    ['an encoded line end in the path', '/v1/a%0d%0aInjected:%201'],
    ['an encoded line end in the query', '/v1/a?b=%0d%0aInjected:%201'],
  ])('%s stays encoded', async (_name, target) => {
    await send(get(target))
    expect(arrived().map(({ url }) => url)).toEqual([target])
    expect(arrived()[0]?.headers).not.toHaveProperty('injected')
  })

  test('obs-text in a value passes as the bytes that it is', async () => {
    await send(get('/v1/a', 'X-Text: na\xefve \xe6\x97\xa5\r\n'))
    expect(arrived()[0]?.headers['x-text']).toBe('na\xefve \xe6\x97\xa5')
  })

  /** What a client must not be able to say to an upstream. Each is sent alone, and once more on a WebSocket handshake. */
  const KEPT_BACK: readonly (readonly [name: string, value: string])[] = [
    ['X-Api-Key', 'mine'],
    ['Api-Key', 'mine'],
    ['X-Goog-Api-Key', 'mine'],
    ['Cookie', 'session=mine'],
    ['Proxy-Authorization', 'Basic bWU6bWluZQ=='],
    ['Proxy-Authenticate', 'Basic'],
    ['Proxy-Connection', 'keep-alive'],
    ['Keep-Alive', 'timeout=1'],
    ['TE', 'trailers'],
    ['Trailer', 'X-End'],
    ['HTTP2-Settings', 'AAMAAABkAARAAAAAAAIAAAAA'],
    ['Forwarded', 'for=1.2.3.4;host=evil.test'],
    ['Via', '1.1 evil.test'],
    ['X-Real-Ip', '1.2.3.4'],
    ['X-Forwarded-For', '1.2.3.4'],
    ['X-Forwarded-Host', 'evil.test'],
    ['X-Forwarded-Proto', 'http'],
    ['X-Forwarded-Port', '1'],
    ['X-Forwarded-Server', 'evil.test'],
    ['X-Forwarded-Prefix', '/evil'],
    ['X-Forwarded-User', 'root'],
  ]

  test.each(KEPT_BACK)('%s of a client does not reach the upstream', async (name, value) => {
    await send(get('/v1/a', `${name}: ${value}\r\n`))
    const handshake = `Upgrade: websocket\r\nSec-WebSocket-Key: ${RFC_KEY}\r\nSec-WebSocket-Version: 13\r\n`
    await send(`GET /v1/b HTTP/1.1\r\n${HEAD}${name}: ${value}\r\nConnection: Upgrade\r\n${handshake}\r\n`)
    expect(arrived().map(({ url }) => url)).toEqual(['/v1/a', '/v1/b'])
    for (const { headers, rawHeaders } of arrived()) {
      expect(headers).not.toHaveProperty(name.toLowerCase())
      expect(headers).toMatchObject({ authorization: `Bearer ${scene().key}`, host: `127.0.0.1:${upstream.port}` })
      expect(rawHeaders.filter((each) => each.toLowerCase() === 'authorization')).toHaveLength(1)
    }
  })

  test.each(['authorization', 'host', 'x-hop, authorization', 'close, X-Hop', ', ,x-hop'])(
    'Connection: %s takes away what it names of the client’s, and nothing of ours',
    async (named) => {
      await send(`GET /v1/a HTTP/1.1\r\n${HEAD}X-Hop: 1\r\nConnection: ${named}\r\nConnection: close\r\n\r\n`)
      expect(arrived()[0]?.headers).toMatchObject({
        authorization: `Bearer ${scene().key}`,
        host: `127.0.0.1:${upstream.port}`,
      })
      if (named.toLowerCase().includes('x-hop')) expect(arrived()[0]?.headers).not.toHaveProperty('x-hop')
    },
  )

  test('a Host of another name does not reach the upstream, and a foreign one is no client of ours', async () => {
    const answer = await send('GET /v1/a HTTP/1.1\r\nHost: evil.test\r\nConnection: close\r\n\r\n')
    expect(answer).toContain('x-agent-proxy-refusal: foreign_origin')
    await send(`GET /v1/a HTTP/1.1\r\n${HEAD.replace('127.0.0.1', 'evil.test')}Connection: close\r\n\r\n`)
    expect(arrived().map(({ headers }) => headers.host)).not.toContain('evil.test')
  })
})

const KEY = 'sk-proj-Rl3kXq8vTz1mWn5bYc7dFg2hJk4pLs6aZx9wEr0t'

/** Lines that would become something else in each of the places where foreign text is shown. */
const HOSTILE = [
  'line one',
  '::error title=EVIL::injected',
  '::add-mask::EVIL',
  '%0A::set-output name=EVIL::1',
  '##[error]EVIL',
  'EOF',
  'ghadelimiter_00000000-0000-0000-0000-000000000000',
  'EVIL<<EOF',
  'EVIL=1',
  '<img src=x onerror=EVIL>',
  '[EVIL](https://evil.test)',
  '![EVIL](https://evil.test/x.png)',
  '@evil/everyone',
  '| EVIL | cell |',
  '```',
  '</code></td></table><script>EVIL</script>',
  '\u001b]8;;https://evil.test\u0007EVIL\u001b]8;;\u0007',
].join('\r\n')

describe('main and post: foreign text that would become a command, a variable or markup', () => {
  test.each([
    ['provider-headers', 'X-Team: blue\u0001\nInjected: 1'],
    ['provider-headers', 'X-Te\ram: blue'],
    ['provider-headers', '{"X-A": "b\\r\\nInjected: 1"}'],
    ['provider-headers', '{"X-A\\r\\nInjected": "1"}'],
    ['provider-auth-header', 'x-key\r\nInjected: 1'],
    ['provider-auth-header', 'x-key: 1'],
    ['provider-base-url', 'https://gw.corp/v1\r\nInjected: 1'],
    ['copilot-model', 'gpt-5\nEVIL=1'],
    ['copilot-model', `gpt-5\n${HOSTILE}`],
    ['provider-api-key', 'sk-first-half-of-a-key\r\nInjected: 1'],
  ])('%s with %j is an error that starts nothing and quotes nothing', async (name, value) => {
    const inputs = { 'provider-base-url': 'https://gw.corp/v1', 'provider-api-key': KEY, [name]: value }
    await using job = new Job({ inputs })
    const main = await job.runMain()
    expect(main.exitCode).toBe(1)
    expect([job.exported, job.outputs, job.state]).toEqual([{}, {}, {}])
    expect(JSON.stringify(main.commands) + main.log).not.toMatch(/EVIL|Injected/)
    expect(main.commands.map((command) => command.name)).toEqual(['error'])
    assertJobClean(job, [{ name: 'key', value: KEY }], main)
  })

  test('what an upstream says in a refused probe and in its answers becomes no command, no variable and no markup', async () => {
    await using provider = await createFakeProvider({
      hosts: {
        '*': {
          answer: ({ method }) =>
            method === 'GET'
              ? json(401, { error: { message: HOSTILE, code: HOSTILE, type: HOSTILE } })
              : json(200, { model: HOSTILE, usage: { prompt_tokens: 1, completion_tokens: 1 } }),
        },
      },
      tls: true,
    })
    const inputs = {
      'openai-api-key': KEY,
      'openai-base-url': `${provider.origin}/v1`,
      'ca-bundle': sharedAuthority().ca,
      validate: 'warn',
    }
    await using job = new Job({ inputs })
    const main = await job.runMain()
    expect(main.exitCode).toBe(0)
    const { OPENAI_BASE_URL: base, OPENAI_API_KEY: token } = job.environment
    const sent = {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: `{"model":${JSON.stringify(HOSTILE)}}`,
    }
    await (await fetch(`${base}/chat/completions`, sent)).arrayBuffer()
    const post = await job.runPost()
    for (const { commands } of [main, post]) {
      expect(
        commands.map(({ name }) => name).filter((name) => !['warning', 'notice', 'group', 'endgroup'].includes(name)),
      ).toEqual([])
      expect(commands.map(({ properties }) => properties.title ?? '').join()).not.toContain('EVIL')
    }
    expect([...Object.keys(job.exported), ...Object.keys(job.outputs)].join()).not.toMatch(/EVIL/)
    expect([...main.masks, ...post.masks]).not.toContain('EVIL')
    const summary = job.readSummary()
    expect(summary).toContain('openai')
    expect(summary).not.toMatch(/<img|<script|\]\(https:\/\/evil|@evil|^::/m)
    expect(summary).not.toContain('\u001b')
    expect(summary.match(/^```.*$/gm)).toEqual(['```mermaid', '```'])
    assertJobClean(job, [{ name: 'key', value: KEY }], main, post)
  })
})
