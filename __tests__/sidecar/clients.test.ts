import { spawn, spawnSync } from 'node:child_process'
import { buffer, text } from 'node:stream/consumers'
import { describe, expect, test } from '@jest/globals'
import { ask, RawConnection } from '../support/http-client.ts'
import { createScriptedUpstream } from '../support/scripted-upstream.ts'
import { startSidecar } from '../support/sidecar.ts'
import { RUN_TOKENS, upstreamOf } from '../support/sidecar-launch.ts'

const isLinux = process.platform === 'linux'
const canChangeUid = isLinux && process.getuid?.() === 0 && spawnSync('setpriv', ['--version']).status === 0

const providersAt = (origin: string) => [
  { id: 'openai' as const, upstream: upstreamOf(`${origin}/v1`) },
  { id: 'copilot' as const, upstream: upstreamOf(origin) },
]

describe('sidecar: who may use the credential', () => {
  test('whoever presents the token, in either spelling and any header, is served', async () => {
    await using upstream = await createScriptedUpstream({})
    await using sidecar = await startSidecar({
      providers: providersAt(upstream.origin),
      config: { clientAuth: 'token' },
    })
    for (const headers of [
      { authorization: `Bearer ${RUN_TOKENS.other}` },
      { authorization: `Bearer ${RUN_TOKENS.copilot}` },
      { 'x-api-key': RUN_TOKENS.other },
      { authorization: 'Bearer sk-mine', 'x-api-key': RUN_TOKENS.other },
    ]) {
      expect((await ask(`${sidecar.origin('openai')}/v1/models`, { headers })).status).toBe(200)
    }
  })

  test.each([
    ['token', {}, 'client_token_missing'],
    ['auto', { authorization: 'Bearer sk-mine' }, 'client_token_invalid'],
    ['auto', { host: 'evil.example' }, 'foreign_origin'],
    ['none', { 'sec-fetch-site': 'cross-site' }, 'foreign_origin'],
  ] as const)('client-auth %s: %j is refused and reaches no upstream', async (clientAuth, headers, code) => {
    await using upstream = await createScriptedUpstream({})
    await using sidecar = await startSidecar({ providers: providersAt(upstream.origin), config: { clientAuth } })
    const answer = await ask(`${sidecar.origin('openai')}/v1/models`, { headers })
    expect([answer.status, answer.headers['x-agent-proxy-refusal']]).toEqual([400, code])
    expect(upstream.connectionCount()).toBe(0)
  })

  test('the token in the query is served and taken out', async () => {
    await using upstream = await createScriptedUpstream({})
    await using sidecar = await startSidecar({
      providers: providersAt(upstream.origin),
      config: { clientAuth: 'token' },
    })
    await ask(`${sidecar.origin('openai')}/v1/models?key=${RUN_TOKENS.other}&alt=sse`)
    expect(upstream.heads[0]?.url).toBe('/v1/models?alt=sse')
  })

  const onLinux = isLinux ? test : test.skip
  onLinux('a keyless client of the runner’s own user is served, but not on the Copilot port', async () => {
    await using upstream = await createScriptedUpstream({})
    await using sidecar = await startSidecar({ providers: providersAt(upstream.origin) })
    expect((await ask(`${sidecar.origin('openai')}/v1/models`)).status).toBe(200)
    const copilot = await ask(`${sidecar.origin('copilot')}/models`)
    expect(copilot.headers['x-agent-proxy-refusal']).toBe('client_token_missing')
  })

  onLinux('a keyless client’s body arrives whole, however it is framed, while the client is looked up', async () => {
    const received: number[] = []
    await using upstream = await createScriptedUpstream({
      request: async (request, response) => {
        received.push((await buffer(request)).length)
        response.end('ok')
      },
    })
    await using sidecar = await startSidecar({ providers: providersAt(upstream.origin) })
    const url = `${sidecar.origin('openai')}/v1/responses`
    for (const size of [0, 1, 5000, 300_000, 3_000_000]) {
      for (const framing of [{ 'content-length': String(size) }, { 'transfer-encoding': 'chunked' }] as const) {
        const answer = await ask(url, { method: 'POST', headers: framing, body: Buffer.alloc(size, 'x') })
        expect([answer.status, answer.text, received.pop()]).toEqual([200, 'ok', size])
      }
    }
  })

  onLinux('keyless requests behind each other on one connection are answered in their order', async () => {
    await using upstream = await createScriptedUpstream({
      request: (request, response) => void request.resume().once('end', () => response.end(`[${request.url}]`)),
    })
    await using sidecar = await startSidecar({ providers: providersAt(upstream.origin) })
    using connection = new RawConnection(sidecar.port('openai'))
    const posts = ['a', 'b', 'c'].map(
      (name) => `POST /v1/${name} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 4\r\n\r\nbody`,
    )
    connection.send(posts.join(''))
    await connection.waitFor('[/v1/c]')
    expect([...connection.received.matchAll(/\[\/v1\/(.)\]/g)].map((match) => match[1])).toEqual(['a', 'b', 'c'])
  })

  onLinux('a keyless client that leaves while it is looked up costs nothing, and the next one is served', async () => {
    await using upstream = await createScriptedUpstream({})
    await using sidecar = await startSidecar({ providers: providersAt(upstream.origin) })
    for (let round = 0; round < 20; round += 1) {
      using connection = new RawConnection(sidecar.port('openai'))
      connection.send('POST /v1/responses HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 9\r\n\r\nbody')
    }
    expect((await ask(`${sidecar.origin('openai')}/v1/models`)).status).toBe(200)
  })

  const asRoot = canChangeUid ? test : test.skip
  asRoot('a keyless client of another user is refused (needs root and setpriv)', async () => {
    await using upstream = await createScriptedUpstream({})
    await using sidecar = await startSidecar({ providers: providersAt(upstream.origin) })
    const script = `fetch('${sidecar.origin('openai')}/v1/models').then((answer) => console.log(answer.status, answer.headers.get('x-agent-proxy-refusal')))`
    const child = spawn(
      'setpriv',
      ['--reuid=65534', '--clear-groups', '--regid=65534', process.execPath, '-e', script],
      { stdio: ['ignore', 'pipe', 'inherit'], cwd: '/' },
    )
    expect((await text(child.stdout)).trim()).toBe('400 client_token_missing')
    expect(upstream.connectionCount()).toBe(0)
  })
})

describe('sidecar: listening', () => {
  test('a second sidecar on the host takes other ports and has tokens of its own', async () => {
    await using upstream = await createScriptedUpstream({})
    const other = `${'Oth3rRun'.repeat(4)}wxyz`
    await using first = await startSidecar({ providers: providersAt(upstream.origin) })
    await using second = await startSidecar({
      providers: providersAt(upstream.origin),
      secrets: { 'run-token': other },
    })
    expect(
      new Set([first.port('openai'), first.managementPort, second.port('openai'), second.managementPort]).size,
    ).toBe(4)
    const headers = { authorization: `Bearer agentproxy-${other}` }
    expect((await ask(`${second.origin('openai')}/v1/models`, { headers })).status).toBe(200)
    expect((await ask(`${first.origin('openai')}/v1/models`, { headers })).status).toBe(400)
  })

  test('listens on IPv6 when told to, and knows its keyless user there too', async () => {
    await using upstream = await createScriptedUpstream({})
    await using sidecar = await startSidecar({
      providers: providersAt(upstream.origin),
      config: { listenAddress: '::1' },
    })
    const answer = await ask(
      `http://[::1]:${sidecar.port('openai')}/v1/models`,
      isLinux ? {} : { headers: { authorization: `Bearer ${RUN_TOKENS.other}` } },
    )
    expect(answer.status).toBe(200)
    expect((await ask(`http://[::1]:${sidecar.managementPort}/ready`)).status).toBe(200)
  })
})
