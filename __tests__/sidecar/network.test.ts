import { describe, expect, test } from '@jest/globals'
import { createCertificateAuthority, sharedAuthority } from '../fakes/certificate.ts'
import { type CorporateProxy, createCorporateProxy } from '../fakes/fake-corporate-proxy.ts'
import { createHostileProvider } from '../fakes/hostile-provider.ts'
import { OPCODE, renderFrame } from '../fakes/websocket-frames.ts'
import { ask, RawConnection } from '../support/http-client.ts'
import { createScriptedUpstream, type ScriptedUpstream } from '../support/scripted-upstream.ts'
import { startSidecar } from '../support/sidecar.ts'
import { type LaunchOptions, RUN_TOKENS, upstreamOf } from '../support/sidecar-launch.ts'

const token = { authorization: `Bearer ${RUN_TOKENS.other}` }
const WEBSOCKET = `GET /v1/responses HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${RUN_TOKENS.other}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n`

const GATEWAY = 'gateway.invalid'
const DISCOVERED = 'copilot-api.acme.githubcopilot.com'
const NAMES = [GATEWAY, 'api.github.com', DISCOVERED]

/** A provider over TLS that answers listings, discovery and upgrades alike; only a proxy knows where its names lie. */
function createTlsUpstream(): Promise<ScriptedUpstream> {
  return createScriptedUpstream({
    tls: sharedAuthority().issue(NAMES),
    request: (request, response) => {
      request.resume()
      const body = request.url === '/graphql' ? ENDPOINTS : LISTING
      response.setHeader('content-type', 'application/json').end(JSON.stringify(body))
    },
    upgrade: (_request, socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n')
      socket.write(renderFrame(OPCODE.text, Buffer.from('hello')))
    },
  })
}

const ENDPOINTS = { data: { viewer: { copilotEndpoints: { api: `https://${DISCOVERED}` } } } }
const LISTING = { object: 'list', data: [{ id: 'gpt-5', object: 'model' }] }

function createProxyTo(
  upstream: ScriptedUpstream,
  options: Parameters<typeof createCorporateProxy>[0] = {},
): Promise<CorporateProxy> {
  const routes = Object.fromEntries(NAMES.map((name) => [`${name}:443`, `127.0.0.1:${upstream.port}`]))
  return createCorporateProxy({ routes, ...options })
}

const gateway = { id: 'openai' as const, upstream: upstreamOf(`https://${GATEWAY}/v1`) }
const copilot = {
  id: 'copilot' as const,
  upstream: upstreamOf('https://api.githubcopilot.com'),
  upstreamIsExplicit: false,
}

const through = (proxy: CorporateProxy, config: LaunchOptions['config'] = {}) => ({
  config: { extraCa: [sharedAuthority().ca], ...config },
  secrets: { 'proxy.https': proxy.url, 'proxy.http': proxy.url },
})

describe('sidecar: behind a corporate proxy', () => {
  test.each([
    ['an open proxy', {}],
    ['a proxy with user and password', { credentials: 'me:p%40ss%3Aword' }],
    ['a proxy that speaks TLS itself', { credentials: 'me:secret', tls: true }],
  ])('requests, WebSockets, probes and discovery go through %s', async (_name, options) => {
    await using upstream = await createTlsUpstream()
    await using proxy = await createProxyTo(upstream, options)
    await using sidecar = await startSidecar({
      providers: [gateway, copilot],
      ...through(proxy, { validate: 'strict' }),
    })
    expect(sidecar.checks.map(({ verdict, upstream: { hostname } }) => [verdict, hostname])).toEqual([
      ['valid', GATEWAY],
      ['valid', DISCOVERED],
    ])
    expect((await ask(`${sidecar.origin('openai')}/v1/models`, { headers: token })).status).toBe(200)
    using client = new RawConnection(sidecar.port('openai'))
    client.send(WEBSOCKET)
    await client.waitFor('hello')
    expect(new Set(proxy.targets.map(({ method, target, status }) => `${method} ${target} ${status}`))).toEqual(
      new Set(NAMES.map((name) => `CONNECT ${name}:443 200`)),
    )
    // Each way in opened connections of its own: at least one for probing and one for the tunnel.
    expect(proxy.targets.filter(({ target }) => target === `${GATEWAY}:443`).length).toBeGreaterThanOrEqual(2)
  })

  test('an upstream of plain HTTP goes through the proxy for http', async () => {
    await using upstream = await createScriptedUpstream({})
    await using proxy = await createCorporateProxy({ routes: { 'plain.invalid:80': `127.0.0.1:${upstream.port}` } })
    const providers = [{ id: 'openai' as const, upstream: upstreamOf('http://plain.invalid/v1') }]
    await using sidecar = await startSidecar({ providers, secrets: { 'proxy.http': proxy.url } })
    expect((await ask(`${sidecar.origin('openai')}/v1/models`, { headers: token })).status).toBe(200)
    expect(proxy.targets).toHaveLength(1)
  })

  test('NO_PROXY keeps what it names away from the proxy', async () => {
    await using upstream = await createScriptedUpstream({})
    await using proxy = await createCorporateProxy()
    const providers = [{ id: 'openai' as const, upstream: upstreamOf(`http://127.0.0.2:${upstream.port}/v1`) }]
    const config = { noProxy: '10.0.0.0/8, 127.0.0.0/8' }
    await using sidecar = await startSidecar({ providers, ...through(proxy, config) })
    const answer = await ask(`${sidecar.origin('openai')}/v1/models`, { headers: token })
    expect(proxy.targets).toEqual([])
    expect(answer.headers['x-agent-proxy-refusal']).toBe('upstream_unreachable')
  })

  test.each([
    ['407, naming the proxy', { credentials: 'me:right' }, 'http://me:wrong@'],
    ['403', { refuseWith: 403 }, 'http://'],
  ])('a proxy that answers %s is told apart from the provider', async (_name, options, prefix) => {
    await using upstream = await createTlsUpstream()
    await using proxy = await createProxyTo(upstream, options)
    const url = `${prefix}127.0.0.1:${proxy.port}`
    const config = { extraCa: [sharedAuthority().ca] }
    await using sidecar = await startSidecar({ providers: [gateway], config, secrets: { 'proxy.https': url } })
    const answer = await ask(`${sidecar.origin('openai')}/v1/models`, { headers: token })
    expect([answer.status, answer.headers['x-agent-proxy-refusal']]).toEqual([502, 'upstream_proxy_refused'])
    using client = new RawConnection(sidecar.port('openai'))
    client.send(WEBSOCKET)
    expect(await client.waitForClose()).toContain('x-agent-proxy-refusal: upstream_proxy_refused')
  })

  test('a proxy that refuses is named by validation, and its password is not', async () => {
    await using upstream = await createTlsUpstream()
    await using proxy = await createProxyTo(upstream, { credentials: 'me:right' })
    const secrets = { 'proxy.https': `http://me:wrong-password@127.0.0.1:${proxy.port}` }
    await using sidecar = await startSidecar({ providers: [gateway], config: { validate: 'warn' }, secrets })
    expect(sidecar.checks[0]?.message).toMatch(/proxy/i)
    expect(JSON.stringify(sidecar.replies) + sidecar.readLog()).not.toContain('wrong-password')
  })
})

describe('sidecar: trust in certificates', () => {
  test('a custom CA holds for requests and WebSockets', async () => {
    await using upstream = await createScriptedUpstream({
      tls: sharedAuthority().issue(['127.0.0.1']),
      upgrade: (_request, socket) => {
        socket.write('HTTP/1.1 101 OK\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n')
        socket.end(renderFrame(OPCODE.text, Buffer.from('hello')))
      },
    })
    const config = { extraCa: [createCertificateAuthority('another').ca, sharedAuthority().ca] }
    await using sidecar = await startSidecar({
      providers: [{ id: 'openai', upstream: upstreamOf(`${upstream.origin}/v1`) }],
      config,
    })
    expect((await ask(`${sidecar.origin('openai')}/v1/models`, { headers: token })).status).toBe(200)
    using client = new RawConnection(sidecar.port('openai'))
    client.send(WEBSOCKET)
    await client.waitFor('hello')
  })

  test.each([
    ['an unknown root', 'untrusted'],
    ['the name of another host', 'wrong-name'],
  ] as const)('%s ends in a refusal that names the certificate, before any byte of the key', async (_name, tls) => {
    await using upstream = await createHostileProvider({ hostility: 'behaves', tls })
    const config = { extraCa: [sharedAuthority().ca] }
    await using sidecar = await startSidecar({
      providers: [{ id: 'openai', upstream: upstreamOf(`${upstream.origin}/v1`) }],
      config,
    })
    const answer = await ask(`${sidecar.origin('openai')}/v1/models`, { headers: token })
    expect([answer.status, answer.headers['x-agent-proxy-refusal']]).toEqual([502, 'upstream_tls'])
    using client = new RawConnection(sidecar.port('openai'))
    client.send(WEBSOCKET)
    expect(await client.waitForClose()).toContain('x-agent-proxy-refusal: upstream_tls')
    expect(upstream.requests).toEqual([])
  })

  test('an upstream that does not exist is refused as unreachable', async () => {
    await using gone = await createScriptedUpstream({})
    const { origin } = gone
    await gone[Symbol.asyncDispose]()
    await using sidecar = await startSidecar({ providers: [{ id: 'openai', upstream: upstreamOf(origin) }] })
    const answer = await ask(`${sidecar.origin('openai')}/v1/models`, { headers: token })
    expect([answer.status, answer.headers['x-agent-proxy-refusal']]).toEqual([502, 'upstream_unreachable'])
  })
})
