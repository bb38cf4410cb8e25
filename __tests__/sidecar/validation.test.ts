import { describe, expect, test } from '@jest/globals'
import { createFakeProvider } from '../fakes/fake-provider.ts'
import { createHostileProvider } from '../fakes/hostile-provider.ts'
import { createAzureService, createOpenAiService } from '../fakes/openai-service.ts'
import { ask } from '../support/http-client.ts'
import { startFailingSidecar, startSidecar } from '../support/sidecar.ts'
import { keyOf, RUN_TOKENS, upstreamOf } from '../support/sidecar-launch.ts'

const token = { authorization: `Bearer ${RUN_TOKENS.other}` }
const service = createOpenAiService({ key: keyOf('openai'), conversation: { text: 'done' } })
const dead = { secrets: { 'openai.key': 'sk-dead-and-gone-0123456789' } }

describe('sidecar: validate', () => {
  test('strict with a good key says valid, then listens', async () => {
    await using provider = await createFakeProvider({ hosts: { '*': service } })
    const providers = [{ id: 'openai' as const, upstream: upstreamOf(`${provider.origin}/v1`) }]
    await using sidecar = await startSidecar({ providers, config: { validate: 'strict' } })
    expect(sidecar.replies.map(({ kind }) => kind)).toEqual(['validated', 'ready'])
    expect(sidecar.checks[0]).toMatchObject({ verdict: 'valid', status: 200, models: ['gpt-fake'] })
    expect(provider.requests.map(({ method, target }) => `${method} ${target}`)).toEqual(['GET /v1/models'])
  })

  test('strict with a dead key fails, names the cause, and has never listened nor shown the key', async () => {
    await using provider = await createFakeProvider({ hosts: { '*': service } })
    const providers = [{ id: 'openai' as const, upstream: upstreamOf(`${provider.origin}/v1`) }]
    const failed = await startFailingSidecar({ providers, config: { validate: 'strict' }, ...dead })
    expect(failed.exitCode).toBe(1)
    expect(failed.replies.map(({ kind }) => kind)).toEqual(['validated', 'failed'])
    expect(failed.checks[0]).toMatchObject({ verdict: 'rejected', cause: 'openai-key-rejected', status: 401 })
    expect(failed.reason).toContain('openai')
    expect(JSON.stringify(failed)).not.toContain('sk-dead-and-gone')
  })

  test('warn with a dead key serves, and the provider’s own words reach the client', async () => {
    await using provider = await createFakeProvider({ hosts: { '*': service } })
    const providers = [{ id: 'openai' as const, upstream: upstreamOf(`${provider.origin}/v1`) }]
    await using sidecar = await startSidecar({ providers, config: { validate: 'warn' }, ...dead })
    expect(sidecar.checks[0]).toMatchObject({ verdict: 'rejected' })
    const answer = await ask(`${sidecar.origin('openai')}/v1/models`, { headers: token })
    expect([answer.status, answer.headers['x-agent-proxy-refusal']]).toEqual([401, undefined])
  })

  test('reads the answer of a provider that compresses although it was asked not to', async () => {
    await using provider = await createFakeProvider({ hosts: { '*': service }, compress: 'always' })
    const providers = [{ id: 'openai' as const, upstream: upstreamOf(`${provider.origin}/v1`) }]
    await using sidecar = await startSidecar({ providers, config: { validate: 'strict' } })
    expect(sidecar.checks[0]).toMatchObject({ verdict: 'valid', status: 200, models: ['gpt-fake'] })
    const asked = provider.requests[0]?.rawHeaders.filter((name) => name.toLowerCase() === 'accept-encoding')
    expect([asked, provider.requests[0]?.header('accept-encoding')]).toEqual([['accept-encoding'], 'identity'])
    const failed = await startFailingSidecar({ providers, config: { validate: 'strict' }, ...dead })
    expect(failed.checks[0]).toMatchObject({ verdict: 'rejected', cause: 'openai-key-rejected', status: 401 })
  })

  test('off asks nobody', async () => {
    await using provider = await createFakeProvider({ hosts: { '*': service } })
    const providers = [{ id: 'openai' as const, upstream: upstreamOf(`${provider.origin}/v1`) }]
    await using sidecar = await startSidecar({ providers, config: { validate: 'off' }, ...dead })
    expect(sidecar.checks[0]).toMatchObject({ verdict: 'unchecked' })
    expect(provider.requests).toEqual([])
  })

  test('strict does not stop for an upstream that proves nothing', async () => {
    await using upstream = await createHostileProvider({ hostility: 'reset-before-head' })
    const providers = [{ id: 'openai' as const, upstream: upstreamOf(`${upstream.origin}/v1`) }]
    await using sidecar = await startSidecar({ providers, config: { validate: 'strict' } })
    expect(sidecar.checks[0]).toMatchObject({ verdict: 'inconclusive' })
    expect(upstream.requests).toHaveLength(2)
  })

  test('strict stops for a model that is not listed and names the nearest', async () => {
    const listing = createOpenAiService({ key: keyOf('openai'), conversation: { text: '' }, models: ['gpt-5.4', 'o9'] })
    await using provider = await createFakeProvider({ hosts: { '*': listing } })
    const providers = [{ id: 'openai' as const, upstream: upstreamOf(`${provider.origin}/v1`), model: 'gpt-5.5' }]
    const failed = await startFailingSidecar({ providers, config: { validate: 'strict' } })
    expect(failed.checks[0]?.missingModel).toMatchObject({
      wanted: 'gpt-5.5',
      nearest: expect.arrayContaining(['gpt-5.4']),
    })
  })

  test('strict takes any name in Azure, where it is a deployment and the listing has models', async () => {
    const key = keyOf('byok')
    const azure = createAzureService({ key, deployment: 'our-deployment', conversation: { text: '' } })
    await using provider = await createFakeProvider({ hosts: { '*': azure } })
    const upstream = upstreamOf(`${provider.origin}/openai`)
    const providers = [{ id: 'byok' as const, dialect: 'azure' as const, upstream, model: 'our-deployment' }]
    await using sidecar = await startSidecar({ providers, config: { validate: 'strict' } })
    expect(sidecar.checks[0]).toMatchObject({ verdict: 'valid', models: ['gpt-fake'] })
    expect(sidecar.checks[0]?.missingModel).toBeUndefined()
  })

  test('one dead key among good ones fails the start, and each key was asked about at its own host', async () => {
    await using good = await createFakeProvider({ hosts: { '*': service } })
    await using bad = await createFakeProvider({ hosts: { '*': service } })
    const providers = [
      { id: 'openai' as const, upstream: upstreamOf(`${good.origin}/v1`) },
      { id: 'byok' as const, upstream: upstreamOf(`${bad.origin}/v1`) },
    ]
    const failed = await startFailingSidecar({ providers, config: { validate: 'strict' } })
    expect(failed.checks.map(({ provider, verdict }) => [provider, verdict])).toEqual([
      ['openai', 'valid'],
      ['byok', 'rejected'],
    ])
    const sent = (provider: typeof good) => JSON.stringify(provider.requests.map(({ rawHeaders }) => rawHeaders))
    expect(sent(good)).not.toContain(keyOf('byok'))
    expect(sent(bad)).not.toContain(keyOf('openai'))
  })
})

describe('sidecar: secrets that are not there', () => {
  test.each([
    ['an empty key', { 'openai.key': '' }],
    ['a blank key', { 'openai.key': ' \n' }],
    ['no control token', { 'control-token': '' }],
    ['a run token of another length', { 'run-token': 'short' }],
  ])('%s ends the start, whatever validate says', async (_name, secrets) => {
    const providers = [{ id: 'openai' as const, upstream: upstreamOf('http://127.0.0.1:9') }]
    const failed = await startFailingSidecar({ providers, secrets })
    expect(failed.exitCode).toBe(1)
    expect(failed.replies.at(-1)?.kind).toBe('failed')
    expect(failed.replies.some(({ kind }) => kind === 'ready')).toBe(false)
  })
})
