import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { RefreshPolicy } from '../../src/core/credentials/refresh-rule.ts'
import type { ProviderConfig } from '../../src/core/sidecar-config.ts'
import { sharedAuthority } from '../fakes/certificate.ts'
import { createCopilotService } from '../fakes/copilot-service.ts'
import { json } from '../fakes/exchange.ts'
import { createCorporateProxy } from '../fakes/fake-corporate-proxy.ts'
import { createFakeProvider, type FakeProvider } from '../fakes/fake-provider.ts'
import { createGitHubService, createTokenIssuer, type TokenIssuer } from '../fakes/github-service.ts'
import { ask } from '../support/http-client.ts'
import { type Sidecar, startSidecar } from '../support/sidecar.ts'
import { CONTROL_TOKEN, keyOf, RUN_TOKENS, topologyWith, upstreamOf } from '../support/sidecar-launch.ts'
import { waitUntil } from '../support/wait-until.ts'

const token = { authorization: `Bearer ${RUN_TOKENS.copilot}` }
const github = keyOf('copilot')
const conversation = { text: 'done' }
const chat = JSON.stringify({ model: 'gpt-5.4', messages: [] })

const post = (sidecar: Sidecar, path = '/chat/completions') =>
  ask(sidecar.origin('copilot') + path, {
    method: 'POST',
    headers: { ...token, 'content-type': 'application/json' },
    body: chat,
  })

const copilotAt = (origin: string, more: Partial<ProviderConfig> = {}) => [
  { id: 'copilot' as const, upstream: upstreamOf(origin), ...more },
]

describe('sidecar: what the Copilot port lends', () => {
  let api: FakeProvider
  let rest: FakeProvider
  let sidecar: Sidecar
  beforeAll(async () => {
    api = await createFakeProvider({
      hosts: { '*': { answer: (request) => json(200, { at: 'api', path: request.path }) } },
    })
    rest = await createFakeProvider({
      hosts: { '*': { answer: (request) => json(200, { at: 'rest', path: request.path }) } },
    })
    const topology = topologyWith({ rest: upstreamOf(`${rest.origin}/api/v3`) })
    sidecar = await startSidecar({ providers: copilotAt(api.origin), config: { topology } })
  })
  afterAll(async () => {
    await Promise.all([sidecar, api, rest].map((part) => part[Symbol.asyncDispose]()))
  })

  test.each([
    ['GET', '/models', 'api', '/models'],
    ['GET', '/models/gpt-5', 'api', '/models/gpt-5'],
    ['POST', '/models/session', 'api', '/models/session'],
    ['POST', '/chat/completions', 'api', '/chat/completions'],
    ['POST', '/responses', 'api', '/responses'],
    ['POST', '/v1/messages', 'api', '/v1/messages'],
    ['POST', '/v1/messages/count_tokens', 'api', '/v1/messages/count_tokens'],
    ['POST', '/embeddings', 'api', '/embeddings'],
    ['GET', '/copilot_internal/user', 'rest', '/api/v3/copilot_internal/user'],
    ['GET', '/copilot/mcp_registry', 'rest', '/api/v3/copilot/mcp_registry'],
  ])('%s %s goes to the %s host with the GitHub token', async (method, path, at, upstreamPath) => {
    const answer = await ask(sidecar.origin('copilot') + path, { method, headers: token })
    expect(JSON.parse(answer.text)).toEqual({ at, path: upstreamPath })
    const last = (at === 'api' ? api : rest).requests.at(-1)
    expect(last?.credentials).toEqual([{ place: 'authorization', value: `Bearer ${github}` }])
    expect(last?.header('copilot-integration-id')).toBe(at === 'api' ? 'copilot-developer-cli' : undefined)
  })

  test.each([
    ['GET', '/user', 'path_not_lent'],
    ['POST', '/graphql', 'path_not_lent'],
    ['GET', '/repos/a/b', 'path_not_lent'],
    ['DELETE', '/models', 'path_not_lent'],
    ['GET', '/chat/completions', 'path_not_lent'],
    ['POST', '/chat/completions/x', 'path_not_lent'],
    ['GET', '/copilot_internal/v2/token', 'path_not_lent'],
    ['GET', '/copilot_internal/V2/TOKEN', 'path_not_lent'],
    ['GET', '/copilot_internal/v2/%74oken', 'path_not_lent'],
    ['GET', '/api/v3/user', 'path_not_lent'],
    ['GET', '/mcp/readonly', 'mcp_not_lent'],
    ['POST', '/agents/swe', 'mcp_not_lent'],
    ['GET', '//user', 'path_not_lent'],
  ])('%s %s is not lent (%s)', async (method, path, code) => {
    const before = api.requests.length + rest.requests.length
    const { hostname, port } = new URL(sidecar.origin('copilot'))
    // Not through a URL, which would tidy the path up.
    const status = await new Promise((resolve, reject) => {
      const sent = request({ hostname, port, path, method, headers: token, agent: false }, (response) => {
        response.resume()
        resolve([response.statusCode, response.headers['x-agent-proxy-refusal']])
      })
      sent.on('error', reject).end()
    })
    expect(status).toEqual([404, code])
    expect(api.requests.length + rest.requests.length).toBe(before)
  })
})

describe('sidecar: Copilot ways', () => {
  test('copilot-mcp: allow lends the credential for MCP too', async () => {
    await using api = await createFakeProvider({ hosts: { '*': { answer: () => json(200, {}) } } })
    await using sidecar = await startSidecar({ providers: copilotAt(api.origin, { allowMcp: true }) })
    expect((await post(sidecar, '/mcp/readonly')).status).toBe(200)
    expect(api.requests[0]?.credentials).toEqual([{ place: 'authorization', value: `Bearer ${github}` }])
  })

  test('passthrough leaves the client its credential, every path and no lent one', async () => {
    await using api = await createFakeProvider({ hosts: { '*': { answer: () => json(200, {}) } } })
    const providers = copilotAt(api.origin, { routing: 'passthrough', credential: { kind: 'none' } })
    await using sidecar = await startSidecar({ providers })
    const headers = { authorization: 'Bearer gho_mine' }
    expect((await ask(`${sidecar.origin('copilot')}/anything?key=1`, { headers })).status).toBe(200)
    expect(api.requests[0]).toMatchObject({ target: '/anything?key=1' })
    expect(api.requests[0]?.header('authorization')).toBe('Bearer gho_mine')
  })

  test('the scheme token is pinned when the host calls Bearer badly formatted', async () => {
    const service = createCopilotService({ accepts: (given) => given === github, conversation, scheme: 'token' })
    await using api = await createFakeProvider({ hosts: { '*': service } })
    await using sidecar = await startSidecar({ providers: copilotAt(api.origin), config: { validate: 'strict' } })
    expect(sidecar.checks[0]).toMatchObject({ verdict: 'valid', scheme: 'token' })
    expect((await post(sidecar)).status).toBe(200)
  })

  test('421 asks discovery once more, moves the upstream and replays, once for all who wait', async () => {
    const plans = { current: 'individual' }
    const serves = (plan: string) =>
      createCopilotService({
        accepts: (given) => given === github,
        conversation,
        refuseWith: () => (plans.current === plan ? undefined : { kind: 'text', status: 421, body: 'misdirected' }),
      })
    const hosts = {
      'api.individual.githubcopilot.com': serves('individual'),
      'api.business.githubcopilot.com': serves('business'),
      'api.github.com': {
        answer: (request: Parameters<ReturnType<typeof serves>['answer']>[0]) =>
          createGitHubService({ token: github, copilotApi: `https://api.${plans.current}.githubcopilot.com` }).answer(
            request,
          ),
      },
    }
    await using world = await createFakeProvider({ hosts, tls: true })
    const routes = Object.fromEntries(Object.keys(hosts).map((name) => [`${name}:443`, `127.0.0.1:${world.port}`]))
    await using proxy = await createCorporateProxy({ routes })
    await using sidecar = await startSidecar({
      providers: copilotAt('https://api.githubcopilot.com', { upstreamIsExplicit: false }),
      config: { validate: 'strict', extraCa: [sharedAuthority().ca] },
      secrets: { 'proxy.https': proxy.url },
    })
    expect(sidecar.checks[0]).toMatchObject({
      verdict: 'valid',
      upstream: { hostname: 'api.individual.githubcopilot.com' },
    })
    plans.current = 'business'
    const asked = world.requests.filter(({ host }) => host === 'api.github.com').length
    const answers = await Promise.all(Array.from({ length: 10 }, () => post(sidecar)))
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200))
    expect(world.requests.filter(({ host }) => host === 'api.github.com').length).toBe(asked + 1)
    const event = await sidecar.waitForRequest(({ replayed }) => replayed === 'misdirected')
    expect(event.upstream).toBe('api.business.githubcopilot.com')
    expect(sidecar.readEvents()).toContainEqual(expect.objectContaining({ what: 'rediscovered' }))
    if (process.platform !== 'linux') return
    const worker = await sidecar.waitForWorker()
    process.kill(worker, 'SIGKILL')
    expect((await post(sidecar)).status).toBe(200)
    expect(world.requests.at(-1)?.host).toBe('api.business.githubcopilot.com')
  })
})

describe('sidecar: exchanged Copilot tokens', () => {
  interface World extends AsyncDisposable {
    readonly sidecar: Sidecar
    readonly api: FakeProvider
    readonly rest: FakeProvider
  }

  async function startWorld(issuer: TokenIssuer, refresh?: RefreshPolicy): Promise<World> {
    const api = await createFakeProvider({
      hosts: { '*': createCopilotService({ accepts: issuer.accepts, conversation }) },
    })
    const rest = await createFakeProvider({ hosts: { '*': createGitHubService({ token: github, issuer }) } })
    const sidecar = await startSidecar({
      providers: copilotAt(api.origin, { routing: 'exchange' }),
      config: {
        validate: 'strict',
        topology: topologyWith({ rest: upstreamOf(rest.origin) }),
        ...(refresh === undefined ? {} : { refresh }),
      },
    })
    const parts = [sidecar, api, rest]
    return {
      sidecar,
      api,
      rest,
      [Symbol.asyncDispose]: async () => void (await Promise.all(parts.map((part) => part[Symbol.asyncDispose]()))),
    }
  }

  test('only the exchanged token goes to Copilot, only the GitHub token to the REST host', async () => {
    const issuer = createTokenIssuer(1800)
    await using world = await startWorld(issuer)
    expect((await post(world.sidecar)).status).toBe(200)
    await ask(`${world.sidecar.origin('copilot')}/copilot_internal/user`, { headers: token })
    const sent = (provider: FakeProvider) => JSON.stringify(provider.requests.map(({ rawHeaders }) => rawHeaders))
    expect(sent(world.api)).not.toContain(github)
    expect(sent(world.rest)).not.toContain(issuer.issued[0])
    expect(world.rest.requests.at(-1)?.credentials).toEqual([{ place: 'authorization', value: `Bearer ${github}` }])
  })

  test('a revoked token costs fifty requests at once one renewal and one replay each, and no failure', async () => {
    const issuer = createTokenIssuer(1800)
    await using world = await startWorld(issuer)
    expect((await post(world.sidecar)).status).toBe(200)
    const before = world.api.requests.length
    issuer.revokeAll()
    const answers = await Promise.all(Array.from({ length: 50 }, () => post(world.sidecar)))
    expect(answers.map(({ status }) => status)).toEqual(Array(50).fill(200))
    expect(issuer.issued).toHaveLength(2)
    expect(world.api.requests.length - before).toBeLessThanOrEqual(100)
    const { text } = await ask(`http://127.0.0.1:${world.sidecar.managementPort}/report`, {
      headers: { authorization: `Bearer ${CONTROL_TOKEN}` },
    })
    expect(JSON.parse(text).report.providers.copilot.replayed).toBeGreaterThanOrEqual(1)
  })

  test('a body that is not held is not sent a second time: its 401 is passed on, and the next request is healed', async () => {
    const issuer = createTokenIssuer(1800)
    await using world = await startWorld(issuer, { onStatus: [{ status: 401 }], replayBufferBytes: 1 })
    issuer.revokeAll()
    const before = world.api.requests.length
    const headers = { ...token, 'transfer-encoding': 'chunked', 'content-type': 'application/json' }
    const url = `${world.sidecar.origin('copilot')}/chat/completions`
    expect((await ask(url, { method: 'POST', headers, body: chat })).status).toBe(401)
    expect(world.api.requests.length).toBe(before + 1)
    expect((await post(world.sidecar)).status).toBe(200)
  })

  test('a token is renewed before its expires_at, behind the back of those who ask', async () => {
    const issuer = createTokenIssuer(7)
    await using world = await startWorld(issuer)
    const statuses = new Set<number>()
    await waitUntil('a second token was issued', async () => {
      statuses.add((await post(world.sidecar)).status)
      return issuer.issued.length >= 2
    })
    statuses.add((await post(world.sidecar)).status)
    expect(statuses).toEqual(new Set([200]))
    expect(world.sidecar.readEvents().some((event) => event.kind === 'request' && event.replayed !== undefined)).toBe(
      false,
    )
  })

  test('an issuer that fails after a revocation ends in the provider’s own 401, and heals', async () => {
    const issuer = createTokenIssuer(1800)
    await using world = await startWorld(issuer)
    issuer.revokeAll()
    world.rest.answerOnce('127.0.0.1', '/copilot_internal/v2/token', { kind: 'text', status: 403, body: 'no' })
    expect((await post(world.sidecar)).status).toBe(401)
    await waitUntil('it is renewed', async () => (await post(world.sidecar)).status === 200)
    expect(issuer.issued).toHaveLength(2)
  })
})
