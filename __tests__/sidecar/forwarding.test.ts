import { once } from 'node:events'
import { describe, expect, test } from '@jest/globals'
import { createHostileProvider } from '../fakes/hostile-provider.ts'
import { ask, open, RawConnection } from '../support/http-client.ts'
import { createScriptedUpstream } from '../support/scripted-upstream.ts'
import { startSidecar } from '../support/sidecar.ts'
import { keyOf, RUN_TOKENS, upstreamOf } from '../support/sidecar-launch.ts'
import { waitUntil } from '../support/wait-until.ts'

const token = { authorization: `Bearer ${RUN_TOKENS.other}` }
const bearer = `Bearer ${keyOf('openai')}`
const openai = (origin: string) => ({ providers: [{ id: 'openai' as const, upstream: upstreamOf(`${origin}/v1`) }] })

describe('sidecar: requests on their way upstream', () => {
  test('strips every credential the client sends and injects the one real key', async () => {
    await using upstream = await createScriptedUpstream({})
    await using sidecar = await startSidecar(openai(upstream.origin))
    const headers = { ...token, 'x-api-key': RUN_TOKENS.other, cookie: 'a=b', 'api-key': 'x', 'x-goog-api-key': 'y' }
    await ask(`${sidecar.origin('openai')}/v1/models?a=1&key=${RUN_TOKENS.other}&b=%20`, { headers })
    const head = await upstream.waitForHead()
    expect(head.url).toBe('/v1/models?a=1&b=%20')
    expect(head.headers.authorization).toBe(bearer)
    expect(JSON.stringify(head.rawHeaders)).not.toContain(RUN_TOKENS.other)
    for (const name of ['x-api-key', 'cookie', 'api-key', 'x-goog-api-key'])
      expect(head.headers).not.toHaveProperty(name)
  })

  test('cannot be made to strip its own credential by naming it in Connection', async () => {
    await using upstream = await createScriptedUpstream({})
    await using sidecar = await startSidecar(openai(upstream.origin))
    const headers = { ...token, connection: 'close, authorization, X-Secret-Hop', 'x-secret-hop': '1', 'x-kept': '2' }
    await ask(`${sidecar.origin('openai')}/v1/models`, { headers })
    const head = await upstream.waitForHead()
    expect(head.headers.authorization).toBe(bearer)
    expect(head.headers).not.toHaveProperty('x-secret-hop')
    expect(head.headers['x-kept']).toBe('2')
  })

  test('removes hop-by-hop and forwarding headers both ways and keeps everything else, in its case', async () => {
    await using upstream = await createScriptedUpstream({
      request: (_request, response) => {
        response.writeHead(
          200,
          [
            ['Connection', 'x-listed'],
            ['X-Listed', 'gone'],
            ['Proxy-Authenticate', 'Basic'],
            ['X-Kept', 'one'],
            ['X-Kept', 'two'],
            ['Set-Cookie', 'a=1'],
          ].flat(),
        )
        response.end('ok')
      },
    })
    await using sidecar = await startSidecar(openai(upstream.origin))
    const headers = {
      ...token,
      te: 'trailers',
      'keep-alive': '1',
      'proxy-connection': 'x',
      via: 'me',
      'X-Forwarded-For': '1.2.3.4',
      'X-Odd-Case': 'Y',
    }
    const answer = await ask(`${sidecar.origin('openai')}/v1/models`, { headers })
    const head = await upstream.waitForHead()
    for (const name of ['te', 'keep-alive', 'proxy-connection', 'via', 'x-forwarded-for'])
      expect(head.headers).not.toHaveProperty(name)
    expect(head.rawHeaders).toContain('X-Odd-Case')
    expect(head.headers.host).toBe(`127.0.0.1:${upstream.port}`)
    expect(answer.headers).not.toHaveProperty('x-listed')
    expect(answer.headers).not.toHaveProperty('proxy-authenticate')
    expect(answer.headers).toMatchObject({ 'x-kept': 'one, two', 'set-cookie': ['a=1'] })
  })

  test('forwards every other method with its body', async () => {
    await using upstream = await createScriptedUpstream({ request: (request, response) => void request.pipe(response) })
    await using sidecar = await startSidecar(openai(upstream.origin))
    for (const method of ['GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND', 'QUERY']) {
      const headers = { ...token, 'content-length': '4' }
      const answer = await ask(`${sidecar.origin('openai')}/v1/files/x`, { method, headers, body: 'body' })
      expect([method, answer.status, answer.text]).toEqual([upstream.heads.at(-1)?.method, 200, 'body'])
    }
  })

  test('refuses TRACE, whose answer would be the key', async () => {
    await using upstream = await createScriptedUpstream({})
    await using sidecar = await startSidecar(openai(upstream.origin))
    const answer = await ask(`${sidecar.origin('openai')}/v1/models`, { method: 'TRACE', headers: token })
    expect(answer.headers['x-agent-proxy-refusal']).toBe('method_not_forwarded')
    expect(upstream.heads).toHaveLength(0)
  })

  test('sends a chunked body on and does not let its framing leak into the next request', async () => {
    const bodies: string[] = []
    await using upstream = await createScriptedUpstream({
      request: (request, response) => {
        let body = ''
        request.on('data', (chunk) => {
          body += chunk
        })
        request.on('end', () => {
          bodies.push(body)
          response.end('ok')
        })
      },
    })
    await using sidecar = await startSidecar(openai(upstream.origin))
    using client = new RawConnection(sidecar.port('openai'))
    const head = `Host: 127.0.0.1\r\nAuthorization: Bearer ${RUN_TOKENS.other}\r\n`
    client.send(
      `POST /v1/files HTTP/1.1\r\n${head}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n`,
    )
    client.send(`GET /v1/second HTTP/1.1\r\n${head}Connection: close\r\n\r\n`)
    await client.waitForClose()
    expect(bodies).toEqual(['hello world', ''])
    expect(upstream.heads.map(({ url }) => url)).toEqual(['/v1/files', '/v1/second'])
  })

  test('answers Expect: 100-continue itself and forwards the body', async () => {
    await using upstream = await createScriptedUpstream({ request: (request, response) => void request.pipe(response) })
    await using sidecar = await startSidecar(openai(upstream.origin))
    using client = new RawConnection(sidecar.port('openai'))
    client.send(
      `POST /v1/files HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${RUN_TOKENS.other}\r\nExpect: 100-continue\r\nContent-Length: 4\r\nConnection: close\r\n\r\n`,
    )
    await client.waitFor('100 Continue')
    client.send('body')
    expect(await client.waitForClose()).toMatch(/HTTP\/1\.1 200 OK[\s\S]*body/)
    expect(upstream.heads[0]?.headers).not.toHaveProperty('expect')
  })

  test('passes a redirect to another origin on and never follows it', async () => {
    await using elsewhere = await createScriptedUpstream({})
    await using upstream = await createHostileProvider({
      hostility: 'redirect-elsewhere',
      redirectTo: elsewhere.origin,
    })
    await using sidecar = await startSidecar(openai(upstream.origin))
    const answer = await ask(`${sidecar.origin('openai')}/v1/models`, { headers: token })
    expect([answer.status, answer.headers.location]).toEqual([307, `${elsewhere.origin}/stolen`])
    expect(elsewhere.connectionCount()).toBe(0)
  })

  test('ends the upstream request as soon as the client leaves an upload', async () => {
    await using upstream = await createScriptedUpstream({ request: (request) => void request.resume() })
    await using sidecar = await startSidecar(openai(upstream.origin))
    using client = new RawConnection(sidecar.port('openai'))
    client.send(
      `POST /v1/files HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${RUN_TOKENS.other}\r\nContent-Length: 9000000\r\n\r\n${'x'.repeat(300_000)}`,
    )
    const head = await upstream.waitForHead()
    const gone = new Promise((resolve) => head.once('close', resolve))
    client.socket.destroy()
    await gone
    expect((await sidecar.waitForRequest(({ path }) => path === '/v1/files')).outcome).toBe('client-aborted')
  })
})

describe('sidecar: answers on their way back', () => {
  test('hands over the bytes of a stream while it is still open', async () => {
    const { promise: release, resolve } = Promise.withResolvers<void>()
    await using upstream = await createScriptedUpstream({
      request: async (_request, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' })
        response.write('data: first\n\n')
        await release
        response.end('data: last\n\n')
      },
    })
    await using sidecar = await startSidecar(openai(upstream.origin))
    const response = await open(`${sidecar.origin('openai')}/v1/responses`, { method: 'POST', headers: token })
    const [first] = await once(response, 'data')
    expect(String(first)).toBe('data: first\n\n')
    resolve()
    const [last] = await once(response, 'data')
    expect(String(last)).toBe('data: last\n\n')
  })

  test('ends the upstream stream as soon as its client leaves', async () => {
    const closed = Promise.withResolvers<void>()
    await using upstream = await createScriptedUpstream({
      request: (_request, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        response.write('data: first\n\n')
        response.on('close', closed.resolve)
      },
    })
    await using sidecar = await startSidecar(openai(upstream.origin))
    const response = await open(`${sidecar.origin('openai')}/v1/responses`, { method: 'POST', headers: token })
    response.on('error', () => undefined)
    await once(response, 'data')
    response.destroy()
    await closed.promise
    expect((await sidecar.waitForRequest(() => true)).outcome).toBe('client-aborted')
  })

  test('ends the upstream request of a client that leaves before any answer', async () => {
    await using upstream = await createHostileProvider({ hostility: 'never-answers' })
    await using sidecar = await startSidecar(openai(upstream.origin))
    using client = new RawConnection(sidecar.port('openai'))
    client.send(`GET /v1/models HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${RUN_TOKENS.other}\r\n\r\n`)
    await waitUntil('the upstream has the request', () => upstream.requests.length === 1)
    client.socket.destroy()
    await upstream.waitForClose(1)
  })

  test('relays many headers and header values outside ASCII', async () => {
    await using upstream = await createScriptedUpstream({
      request: (_request, response) => {
        const bytes = Buffer.from('naïve 日本').toString('latin1')
        const many = Array.from({ length: 500 }, (_, index) => [`x-many-${index}`, 'v']).flat()
        response.writeHead(200, ['x-text', bytes, ...many]).end(Buffer.from('ok'))
      },
    })
    await using sidecar = await startSidecar(openai(upstream.origin))
    const answer = await ask(`${sidecar.origin('openai')}/v1/models`, { headers: token })
    expect(answer.status).toBe(200)
    expect(Buffer.from(String(answer.headers['x-text']), 'latin1').toString('utf8')).toBe('naïve 日本')
    expect(answer.headers['x-many-499']).toBe('v')
  })

  test('relays HEAD and 304 without a body and keeps the connection', async () => {
    await using upstream = await createScriptedUpstream({
      request: (request, response) => {
        response.writeHead(request.url === '/v1/same' ? 304 : 200, { 'content-length': '10', etag: '"x"' })
        response.end(request.url === '/v1/same' || request.method === 'HEAD' ? undefined : '0123456789')
      },
    })
    await using sidecar = await startSidecar(openai(upstream.origin))
    using client = new RawConnection(sidecar.port('openai'))
    const head = `Host: 127.0.0.1\r\nAuthorization: Bearer ${RUN_TOKENS.other}\r\n`
    client.send(
      `HEAD /v1/a HTTP/1.1\r\n${head}\r\nGET /v1/same HTTP/1.1\r\n${head}\r\nGET /v1/last HTTP/1.1\r\n${head}Connection: close\r\n\r\n`,
    )
    const text = await client.waitForClose()
    expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 304', 'HTTP/1.1 200'])
    expect(text.match(/0123456789/g)).toHaveLength(1)
  })

  test('ends a stream that is silent longer than the setting, and names the setting when nothing came', async () => {
    await using upstream = await createHostileProvider({ hostility: 'stalls-in-stream' })
    await using sidecar = await startSidecar({ ...openai(upstream.origin), config: { streamIdleTimeoutMs: 1500 } })
    const cut = await ask(`${sidecar.origin('openai')}/v1/a`, { headers: token })
    expect([cut.status, cut.complete]).toEqual([200, false])
    upstream.setHostility('never-answers')
    const late = await ask(`${sidecar.origin('openai')}/v1/b`, { headers: token })
    expect([late.status, late.headers['x-agent-proxy-refusal']]).toEqual([504, 'upstream_timeout'])
  })
})
