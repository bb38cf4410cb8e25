import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { ask, open } from '../support/http-client.ts'
import { createScriptedUpstream, type ScriptedUpstream } from '../support/scripted-upstream.ts'
import { type Sidecar, startSidecar } from '../support/sidecar.ts'
import { CONTROL_TOKEN, keyOf, RUN_TOKENS, upstreamOf } from '../support/sidecar-launch.ts'

const token = { authorization: `Bearer ${RUN_TOKENS.other}` }
const control = { authorization: `Bearer ${CONTROL_TOKEN}` }

/** `/v1/held` waits for its release; everything else answers at once. */
function createUpstream(release: Promise<void> = Promise.resolve()): Promise<ScriptedUpstream> {
  return createScriptedUpstream({
    request: (request, response) => {
      request.resume()
      if (request.url === '/v1/held') response.writeHead(200).write('begun ')
      void release.then(() => response.end('done'))
    },
  })
}

const start = (upstream: ScriptedUpstream): Promise<Sidecar> =>
  startSidecar({ providers: [{ id: 'openai', upstream: upstreamOf(`${upstream.origin}/v1`) }] })

describe('sidecar: the management port', () => {
  let upstream: ScriptedUpstream
  let sidecar: Sidecar
  let base = ''
  beforeAll(async () => {
    upstream = await createUpstream()
    sidecar = await start(upstream)
    base = `http://127.0.0.1:${sidecar.managementPort}`
    await ask(`${sidecar.origin('openai')}/v1/models`, { headers: token })
    await ask(`${sidecar.origin('openai')}/v1/models`, { headers: { authorization: 'Bearer no' } })
  })
  afterAll(async () => {
    await sidecar[Symbol.asyncDispose]()
    await upstream[Symbol.asyncDispose]()
  })

  test.each(['/health', '/ready', '/metrics', '/status.json', '/nothing'])(
    '%s tells nothing to a name that was rebound to this address',
    async (path) => {
      for (const host of ['evil.example', 'evil.example:80', '127.0.0.1.evil.example', '10.0.0.7', 'a b']) {
        const { status, text } = await ask(`${base}${path}`, { headers: { host } })
        expect([host, status, text.includes('testrun')]).toEqual([host, 403, false])
      }
    },
  )

  test('the token does not open the management port for a foreign name either', async () => {
    const headers = { ...control, host: 'evil.example' }
    expect((await ask(`${base}/report`, { headers })).status).toBe(403)
    expect((await ask(`${base}/stop`, { method: 'POST', headers })).status).toBe(403)
    expect((await ask(`${base}/health`)).status).toBe(200)
  })

  test.each(['localhost', 'localhost:9999', '127.0.0.1', '[::1]:1', '127.9.9.9'])(
    'knows %s as this machine',
    async (host) => {
      expect((await ask(`${base}/health`, { headers: { host } })).status).toBe(200)
    },
  )

  test('/health echoes the run and says where each provider goes', async () => {
    const { status, text } = await ask(`${base}/health`)
    expect(status).toBe(200)
    expect(JSON.parse(text)).toEqual({
      status: 'ok',
      runId: 'testrun0123456789',
      providers: [
        {
          provider: 'openai',
          verdict: 'unchecked',
          routing: 'inject',
          upstream: '127.0.0.1',
          port: sidecar.port('openai'),
        },
      ],
    })
  })

  test('/ready says that it serves', async () => {
    expect((await ask(`${base}/ready`)).status).toBe(200)
  })

  test('/metrics is Prometheus text with this traffic in it', async () => {
    const { headers, text } = await ask(`${base}/metrics`)
    expect(headers['content-type']).toContain('text/plain')
    expect(text).toMatch(/requests_total\{[^}]*openai[^}]*\} 1/)
    expect(text).toContain('client_token_invalid')
  })

  test('/report with the control token gives the figures', async () => {
    const { text } = await ask(`${base}/report`, { headers: control })
    expect(JSON.parse(text)).toMatchObject({
      runId: 'testrun0123456789',
      report: { refusals: { client_token_invalid: 1 }, workerRestarts: 0, lostLogLines: 0 },
    })
  })

  test.each([
    ['GET', '/report', {}],
    ['GET', '/report', { authorization: `Bearer ${CONTROL_TOKEN}x` }],
    ['GET', '/report', token],
    ['POST', '/stop', {}],
    ['POST', '/stop', token],
  ] as const)('%s %s without the control token is refused and changes nothing', async (method, path, headers) => {
    expect((await ask(base + path, { method, headers })).status).toBe(401)
    expect((await ask(`${base}/ready`)).status).toBe(200)
  })

  test.each([
    ['POST', '/'],
    ['GET', '/nothing'],
    ['GET', '/stop'],
    ['POST', '/report'],
    ['DELETE', '/health'],
    ['GET', '//health'],
  ])('%s %s is nothing here', async (method, path) => {
    expect((await ask(base + path, { method, headers: control })).status).toBe(404)
  })

  test('no page of it, no log and no reply holds a secret, also where one was sent as the name of a model', async () => {
    const body = JSON.stringify({ model: keyOf('openai') })
    await ask(`${sidecar.origin('openai')}/v1/responses`, { method: 'POST', headers: token, body })
    while (!(await ask(`${base}/metrics`)).text.includes('model="')) await new Promise(setImmediate)
    const pages = await Promise.all(
      ['/health', '/ready', '/metrics', '/report', '/', '/status.json', '/status.js'].map((path) =>
        ask(base + path, { headers: control }),
      ),
    )
    const everything = [
      ...pages.map(({ text }) => text),
      sidecar.readLog(),
      JSON.stringify([sidecar.readEvents(), sidecar.replies]),
    ].join()
    for (const secret of [keyOf('openai'), RUN_TOKENS.other.slice(11), CONTROL_TOKEN])
      expect(everything).not.toContain(secret)
  })
})

describe('sidecar: /stop', () => {
  test('answers the final figures, ends both processes and leaves a complete log', async () => {
    await using upstream = await createUpstream()
    await using sidecar = await start(upstream)
    for (let round = 0; round < 5; round += 1) await ask(`${sidecar.origin('openai')}/v1/models`, { headers: token })
    const { status, text } = await ask(`http://127.0.0.1:${sidecar.managementPort}/stop`, {
      method: 'POST',
      headers: control,
    })
    expect(status).toBe(200)
    expect(JSON.parse(text).report.providers.openai.requests).toBe(5)
    expect(await sidecar.exited).toBe(0)
    expect(sidecar.readEvents().filter(({ kind }) => kind === 'request')).toHaveLength(5)
    expect(
      sidecar.readEvents().filter((event) => event.kind === 'lifecycle' && event.what === 'stopping'),
    ).toHaveLength(1)
  })

  test('waits for what is under way and refuses what comes new', async () => {
    const release = Promise.withResolvers<void>()
    await using upstream = await createUpstream(release.promise)
    await using sidecar = await start(upstream)
    const keptAlive = await open(`${sidecar.origin('openai')}/v1/held`, { headers: token })
    let text = ''
    keptAlive.on('data', (chunk) => {
      text += chunk
    })
    await once(keptAlive, 'data')
    const stopped = ask(`http://127.0.0.1:${sidecar.managementPort}/stop?drain-ms=20000`, {
      method: 'POST',
      headers: control,
    })
    await expect(refusedSoon(sidecar)).resolves.toMatch(/ECONNREFUSED|sidecar_stopping/)
    release.resolve()
    await once(keptAlive, 'end')
    expect(text).toBe('begun done')
    expect((await stopped).status).toBe(200)
    expect(await sidecar.exited).toBe(0)
  })

  test('does not wait longer than it is told', async () => {
    await using upstream = await createUpstream(new Promise(() => undefined))
    await using sidecar = await start(upstream)
    const held = await open(`${sidecar.origin('openai')}/v1/held`, { headers: token })
    held.on('error', () => undefined)
    await once(held, 'data')
    const { status } = await ask(`http://127.0.0.1:${sidecar.managementPort}/stop?drain-ms=10`, {
      method: 'POST',
      headers: control,
    })
    expect(status).toBe(200)
    expect(await sidecar.exited).toBe(0)
  })
})

/** What a new request meets once the stop has begun: a closed port or a refusal. */
async function refusedSoon(sidecar: Sidecar): Promise<string> {
  for (;;) {
    const answer = await ask(`${sidecar.origin('openai')}/v1/held`, { headers: { authorization: 'Bearer no' } }).catch(
      (error: NodeJS.ErrnoException) => error,
    )
    if (answer instanceof Error) return answer.code ?? answer.message
    const code = String(answer.headers['x-agent-proxy-refusal'])
    if (code !== 'client_token_invalid') return code
  }
}
