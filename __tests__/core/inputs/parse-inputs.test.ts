import { describe, expect, it } from '@jest/globals'
import { parseInputs } from '../../../src/core/inputs/parse-inputs.ts'
import { renderUpstream } from '../../../src/core/upstream.ts'
import { accept, KEYS, parse, refuse, summarize } from './raw-inputs.ts'

describe('parseInputs() without any provider', () => {
  it('fails closed', () => {
    expect(summarize(refuse({}))).toEqual([' nothing-configured'])
  })

  it('takes the defaults of action.yml for nothing given', () => {
    expect(summarize(refuse({ 'openai-api-key': 'none', 'copilot-github-token': 'none', validate: 'strict' }))).toEqual(
      [' nothing-configured'],
    )
  })

  it('does not add to a mistyped name, which may have been the provider', () => {
    const faults = refuse({ 'opanai-api-key': KEYS.openai })
    expect(summarize(faults)).toEqual(['opanai-api-key input-invalid'])
    expect(faults[0]?.fix).toContain('openai-api-key')
  })
})

describe('parseInputs() with a name that is no input', () => {
  it.each(['openai_api_key', 'openai-apikey', 'OPENAI-API-KEY', 'validat', 'max-token', 'sumary'])(
    'refuses %s',
    (name) => {
      expect(summarize(refuse({ 'gemini-api-key': KEYS.google, [name]: 'x' }))).toEqual([`${name} input-invalid`])
    },
  )

  it.each(['todo', 'sub', 'studio', 'pocket'])('does not take %s for a misspelling of a short name', (name) => {
    expect(accept({ 'gemini-api-key': KEYS.google, [name]: 'x' }).notices).toEqual([expect.stringContaining(name)])
  })

  it.each(['sud', 'dockr', 'confg'])('refuses %s', (name) => {
    expect(summarize(refuse({ 'gemini-api-key': KEYS.google, [name]: 'x' }))).toEqual([`${name} input-invalid`])
  })

  it('only tells of a variable that is nobody’s misspelling', () => {
    const { notices } = accept({ 'gemini-api-key': KEYS.google, working_directory: 'x' })
    expect(notices).toEqual(["There is no input 'working_directory'; it is not used."])
  })
})

describe('parseInputs() with one key', () => {
  it.each([
    ['openai', 'openai-api-key', KEYS.openai, 'https://api.openai.com/v1'],
    ['anthropic', 'anthropic-api-key', KEYS.anthropic, 'https://api.anthropic.com'],
    ['gemini', 'gemini-api-key', KEYS.google, 'https://generativelanguage.googleapis.com'],
    ['vertex', 'google-api-key', KEYS.google, 'https://aiplatform.googleapis.com'],
    ['copilot', 'copilot-github-token', KEYS.installation, 'https://api.githubcopilot.com'],
  ] as const)('configures %s alone', (id, input, key, upstream) => {
    const { inputs, notices } = accept({ [input]: key })
    expect(inputs.providers.map((provider) => provider.id)).toEqual([id])
    expect(inputs.providers.map((provider) => renderUpstream(provider.upstream))).toEqual([upstream])
    expect(inputs.providers[0]).toMatchObject({ upstreamIsExplicit: false, credential: { kind: 'static' } })
    expect([...inputs.secrets.keys()]).toEqual([`${id}.key`])
    expect(inputs.secrets.get(`${id}.key`)?.reveal()).toBe(key)
    expect(notices).toEqual([])
    expect(JSON.stringify([inputs, [...inputs.secrets]])).not.toContain(key)
  })

  it('has the documented defaults', () => {
    expect(accept({ 'openai-api-key': KEYS.openai }).inputs).toMatchObject({
      validate: 'strict',
      onMissing: 'fail',
      clientAuth: 'auto',
      listenAddress: '127.0.0.1',
      streamIdleTimeoutMs: 900_000,
      limits: { maxRequests: null, maxTokens: null },
      logLevel: 'info',
      summary: true,
      skipped: [],
    })
  })
})

describe('parseInputs() with an empty secret', () => {
  it('is a fault', () => {
    expect(summarize(refuse({ 'openai-api-key': '' }))).toEqual(['openai-api-key secret-missing'])
  })

  it('names every empty secret at once', () => {
    expect(summarize(refuse({ 'openai-api-key': '', 'gemini-api-key': '', 'copilot-github-token': '' }))).toEqual([
      'openai-api-key secret-missing',
      'copilot-github-token secret-missing',
      'gemini-api-key secret-missing',
    ])
  })

  it('skips the provider with on-missing: skip and keeps the others', () => {
    const { inputs } = accept({ 'openai-api-key': '', 'anthropic-api-key': KEYS.anthropic, 'on-missing': 'skip' })
    expect(inputs.providers.map((provider) => provider.id)).toEqual(['anthropic'])
    expect(inputs.skipped).toEqual([{ provider: 'openai', input: 'openai-api-key' }])
  })

  it('skips everything with on-missing: skip when nothing is left', () => {
    const { inputs } = accept({
      'openai-api-key': '',
      'provider-base-url': 'https://gw.corp',
      'provider-api-key': '',
      'on-missing': 'skip',
    })
    expect(inputs.providers).toEqual([])
    expect(inputs.skipped.map((item) => item.provider)).toEqual(['openai', 'byok'])
  })

  it('does not skip a damaged secret', () => {
    expect(summarize(refuse({ 'openai-api-key': ' ', 'on-missing': 'skip' }))).toEqual([
      'openai-api-key secret-malformed',
    ])
  })
})

describe('parseInputs() with base URLs', () => {
  it.each([
    ['https://api.openai.com', 'https://api.openai.com/v1'],
    ['https://api.openai.com/', 'https://api.openai.com/v1'],
    ['https://api.openai.com/v2', 'https://api.openai.com/v2'],
    ['https://gateway.corp:8443/openai/v1/', 'https://gateway.corp:8443/openai/v1'],
    ['https://gateway.corp', 'https://gateway.corp'],
    ['http://127.0.0.1:4000/v1', 'http://127.0.0.1:4000/v1'],
    [' https://gateway.corp/v1 ', 'https://gateway.corp/v1'],
  ])('reads openai-base-url %s as %s', (url, upstream) => {
    const [provider] = accept({ 'openai-api-key': KEYS.openai, 'openai-base-url': url }).inputs.providers
    expect(provider && renderUpstream(provider.upstream)).toBe(upstream)
    expect(provider?.upstreamIsExplicit).toBe(true)
  })

  it('takes a gateway’s own spelling of a key at a gateway, and only there', () => {
    const gateway = { 'anthropic-api-key': 'sk-1234', 'anthropic-base-url': 'https://litellm.corp' }
    expect(accept(gateway).inputs.providers).toHaveLength(1)
    expect(summarize(refuse({ 'anthropic-api-key': 'sk-1234' }))).toEqual(['anthropic-api-key secret-wrong-kind'])
  })

  it.each(['openai', 'anthropic', 'gemini', 'vertex'])('refuses %s-base-url without a key', (id) => {
    expect(summarize(refuse({ [`${id}-base-url`]: 'https://gateway.corp/v1' }))).toEqual([
      `${id}-base-url input-conflict`,
    ])
  })
})

describe('parseInputs() for Copilot', () => {
  it.each([
    ['a host', 'copilot-api.contoso.ghe.com', 'https://copilot-api.contoso.ghe.com', 1],
    ['a host of this GitHub', 'api.business.githubcopilot.com', 'https://api.business.githubcopilot.com', 0],
    ['a URL', 'https://api.enterprise.githubcopilot.com/', 'https://api.enterprise.githubcopilot.com', 0],
    ['a gateway with a port', 'https://copilot.gw.corp:8443', 'https://copilot.gw.corp:8443', 1],
    ['a fake on this machine', 'http://127.0.0.1:9000', 'http://127.0.0.1:9000', 1],
  ])('takes %s as target and says when it lies elsewhere', (_title, target, upstream, count) => {
    const { inputs, notices } = accept({ 'copilot-github-token': KEYS.fineGrained, 'copilot-api-target': target })
    expect(inputs.providers.map((provider) => renderUpstream(provider.upstream))).toEqual([upstream])
    expect(inputs.providers[0]?.upstreamIsExplicit).toBe(true)
    expect(notices).toHaveLength(count)
  })

  it('derives the tenant’s host', () => {
    const { inputs } = accept({
      'github-server-url': 'https://contoso-aw.ghe.com',
      'github-api-url': 'https://api.contoso-aw.ghe.com',
      'copilot-github-token': KEYS.installation,
    })
    expect(inputs.topology.kind).toBe('tenant')
    expect(inputs.providers.map((provider) => renderUpstream(provider.upstream))).toEqual([
      'https://copilot-api.contoso-aw.ghe.com',
    ])
  })

  it.each([
    ['copilot-api.acme.ghe.com', 'acme.ghe.com'],
    ['copilot-api.a.b.ghe.com', 'a.b.ghe.com'],
    ['api.business.githubcopilot.com', 'github.com'],
    ['copilot-api.ghe.com.example', 'github.com'],
    ['copilot.gw.corp', 'github.com'],
  ])('finds the licence of a server’s users from the target %s at %s', (target, licence) => {
    const server = { 'github-server-url': 'https://ghes.corp', 'github-api-url': 'https://ghes.corp/api/v3' }
    const { inputs } = accept({ ...server, 'copilot-github-token': KEYS.fineGrained, 'copilot-api-target': target })
    expect(inputs.topology).toMatchObject({ kind: 'server', ghHost: 'ghes.corp', copilotGhHost: licence })
  })

  it('passes model, integration id and MCP on', () => {
    const raw = { 'copilot-model': 'gpt-5.1-codex', 'copilot-integration-id': 'my-tool', 'copilot-mcp': 'allow' }
    expect(accept({ 'copilot-github-token': KEYS.oauth, ...raw }).inputs.providers[0]).toMatchObject({
      model: 'gpt-5.1-codex',
      integrationId: 'my-tool',
      allowMcp: true,
      routing: 'auto',
    })
  })

  it('needs no token for passthrough', () => {
    const { inputs } = accept({ 'copilot-routing': 'passthrough' })
    expect(inputs.providers[0]).toMatchObject({ id: 'copilot', routing: 'passthrough', credential: { kind: 'none' } })
    expect(inputs.secrets.size).toBe(0)
  })

  it('keeps passthrough when its token is empty and on-missing is skip', () => {
    const { inputs } = accept({ 'copilot-routing': 'passthrough', 'copilot-github-token': '', 'on-missing': 'skip' })
    expect(inputs.providers).toHaveLength(1)
    expect(inputs.skipped).toEqual([])
  })

  it.each([
    [{ 'copilot-routing': 'passthrough', 'copilot-github-token': KEYS.oauth }, 'copilot-routing input-conflict'],
    [{ 'copilot-routing': 'inject' }, 'copilot-github-token input-conflict'],
    [{ 'copilot-routing': 'exchange' }, 'copilot-github-token input-conflict'],
    [{ 'copilot-routing': 'exchange', 'copilot-github-token': KEYS.fineGrained }, 'copilot-routing input-conflict'],
    [{ 'copilot-routing': 'exchange', 'copilot-github-token': KEYS.installation }, 'copilot-routing input-conflict'],
    [{ 'copilot-api-target': 'api.githubcopilot.com' }, 'copilot-api-target input-conflict'],
  ])('refuses the contradiction %j', (raw, summary) => {
    expect(summarize(refuse(raw))).toEqual([summary])
  })

  it('exchanges an OAuth token', () => {
    const { inputs } = accept({ 'copilot-routing': 'exchange', 'copilot-github-token': KEYS.oauth })
    expect(inputs.providers[0]?.routing).toBe('exchange')
  })

  it('says that settings without a token have no effect', () => {
    const { notices } = accept({ 'openai-api-key': KEYS.openai, 'copilot-model': 'gpt-5' })
    expect(notices).toEqual(['copilot-model has no effect: Copilot is not configured.'])
  })
})

describe('parseInputs() for an own provider', () => {
  const base = { 'provider-base-url': 'https://gw.corp:8443/openai/v1', 'provider-api-key': 'A1b2C3d4E5f6' }

  it.each(['openai', 'azure', 'anthropic'] as const)('speaks %s', (type) => {
    const [provider] = accept({ ...base, 'provider-type': type }).inputs.providers
    expect(provider).toMatchObject({ id: 'byok', dialect: type, routing: 'inject', credential: { kind: 'static' } })
    expect(provider && renderUpstream(provider.upstream)).toBe('https://gw.corp:8443/openai/v1')
  })

  it('carries the key in another header', () => {
    const [provider] = accept({ ...base, 'provider-auth-header': 'Ocp-Apim-Subscription-Key' }).inputs.providers
    expect(provider?.authHeader).toBe('ocp-apim-subscription-key')
  })

  it('needs no key', () => {
    const { inputs } = accept({ 'provider-base-url': 'http://127.0.0.1:8000/v1' })
    expect(inputs.providers[0]).toMatchObject({ id: 'byok', credential: { kind: 'none' } })
  })

  it('goes over plain HTTP to another machine with a notice', () => {
    const { notices } = accept({ ...base, 'provider-base-url': 'http://10.1.2.3:8080/v1' })
    expect(notices).toEqual([expect.stringContaining('http://10.1.2.3:8080')])
  })

  it.each([
    ['https://api.openai.com/v1', KEYS.anthropic],
    ['https://api.anthropic.com', KEYS.openai],
  ])('checks the kind of the key for the vendor’s host %s', (url, key) => {
    expect(summarize(refuse({ 'provider-base-url': url, 'provider-api-key': key }))).toEqual([
      'provider-api-key secret-wrong-kind',
    ])
  })

  it.each([
    [{ 'provider-api-key': 'A1b2C3d4E5f6' }, 'provider-base-url input-conflict'],
    [{ 'provider-headers': 'x-team: blue' }, 'provider-base-url input-conflict'],
    [{ 'provider-auth-header': 'api-key' }, 'provider-base-url input-conflict'],
    [{ 'provider-type': 'azure' }, 'provider-base-url input-conflict'],
    [{ ...base, 'provider-api-key': 'none', 'provider-auth-header': 'api-key' }, 'provider-auth-header input-conflict'],
    [{ ...base, 'provider-auth-header': 'x-key', 'provider-headers': 'X-Key: 1' }, 'provider-headers input-conflict'],
  ])('refuses the contradiction %j', (raw, summary) => {
    expect(summarize(refuse(raw))).toEqual([summary])
  })

  it('speaks bedrock with an API key, at the endpoint of its region', () => {
    const key = { 'provider-api-key': 'A1b2C3d4E5f6', 'provider-type': 'bedrock' }
    const [provider] = accept({ ...key, 'aws-region': 'eu-central-1' }).inputs.providers
    expect(provider).toMatchObject({ id: 'byok', dialect: 'bedrock', credential: { kind: 'static' } })
    expect(provider && renderUpstream(provider.upstream)).toBe('https://bedrock-runtime.eu-central-1.amazonaws.com')
    expect(summarize(refuse(key))).toEqual(['aws-region input-conflict'])
  })
})

describe('parseInputs() for the sidecar', () => {
  const sidecar = (raw: Record<string, string>) => accept({ 'openai-api-key': KEYS.openai, ...raw }).inputs

  it.each([
    ['stream-idle-timeout', '60', { streamIdleTimeoutMs: 60_000 }],
    ['stream-idle-timeout', '86400', { streamIdleTimeoutMs: 86_400_000 }],
    ['max-requests', '1', { limits: { maxRequests: 1, maxTokens: null } }],
    ['max-tokens', ' 5000000 ', { limits: { maxRequests: null, maxTokens: 5_000_000 } }],
    ['max-tokens', '', { limits: { maxRequests: null, maxTokens: null } }],
    ['summary', 'false', { summary: false }],
    ['summary', 'TRUE', { summary: true }],
    ['log-level', 'debug', { logLevel: 'debug' }],
    ['log-directory', 'logs/agent proxy', { logDirectory: 'logs/agent proxy' }],
    ['ca-bundle', '/etc/ssl/corp.pem', { caBundle: '/etc/ssl/corp.pem' }],
    ['listen-address', '::1', { listenAddress: '::1' }],
    ['listen-address', '[::1]', { listenAddress: '::1' }],
    ['listen-address', '127.0.0.2', { listenAddress: '127.0.0.2' }],
    ['client-auth', 'none', { clientAuth: 'none' }],
  ])('reads %s: %s', (name, text, expected) => {
    expect(sidecar({ [name]: text })).toMatchObject(expected)
  })

  it('keeps PEM text with its line breaks', () => {
    const pem = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----'
    expect(sidecar({ 'ca-bundle': `${pem}\n` }).caBundle).toBe(pem)
  })

  it('opens other addresses only to the token', () => {
    expect(sidecar({ 'listen-address': '0.0.0.0', 'client-auth': 'token' }).listenAddress).toBe('0.0.0.0')
    for (const auth of ['auto', 'none']) {
      const faults = refuse({ 'openai-api-key': KEYS.openai, 'listen-address': '10.0.0.5', 'client-auth': auth })
      expect(summarize(faults)).toEqual(['listen-address input-conflict'])
    }
  })

  it.each(['http://proxy.corp:3128', 'https://user:p%40ss@proxy.corp/', 'http://[2001:db8::1]:8080'])(
    'keeps upstream-proxy %s as a secret',
    (url) => {
      const inputs = sidecar({ 'upstream-proxy': url })
      expect(inputs.upstreamProxy?.reveal()).toBe(url)
      expect(JSON.stringify(inputs)).not.toContain('proxy.corp')
    },
  )
})

describe('parseInputs() with the runner’s own URLs', () => {
  const runner = new Map([
    ['github-server-url', 'https://github.com'],
    ['github-api-url', 'https://api.github.com'],
  ])
  const run = (raw: Record<string, string>) =>
    parseInputs(new Map(Object.entries({ 'openai-api-key': KEYS.openai, ...raw })), runner)

  it('lets one URL of the user’s decide alone', () => {
    const result = run({ 'github-server-url': 'https://acme.ghe.com', 'github-api-url': 'https://api.github.com' })
    expect(result.kind === 'ok' && result.inputs.topology.web).toBe('acme.ghe.com')
  })

  it('lets config decide over the runner', () => {
    const result = run({ ...Object.fromEntries(runner), config: 'github-api-url: https://ghes.corp/api/v3' })
    expect(result.kind === 'ok' && result.inputs.topology.web).toBe('ghes.corp')
  })

  it('still finds a contradiction between two URLs of the user’s', () => {
    const result = run({ 'github-server-url': 'https://acme.ghe.com', 'github-api-url': 'https://api.other.ghe.com' })
    expect(result.kind === 'faults' && summarize(result.faults)).toEqual(['github-api-url topology-contradiction'])
  })

  it('uses the runner’s when an input is absent altogether', () => {
    const result = run({})
    expect(result.kind === 'ok' && result.inputs.topology.kind).toBe('dotcom')
  })

  it('does not let an empty URL of the user’s pass as absent', () => {
    const result = run({ 'github-server-url': '' })
    expect(result.kind === 'faults' && summarize(result.faults)).toEqual(['github-server-url topology-invalid'])
  })

  it('fails closed without any URL', () => {
    const result = parseInputs(new Map([['openai-api-key', KEYS.openai]]))
    expect(result.kind === 'faults' && summarize(result.faults)).toEqual(['github-server-url topology-invalid'])
  })
})

describe('parseInputs() as a whole', () => {
  it('reports faults of all concerns together, in the order of the inputs’ concerns', () => {
    const result = parse({
      'github-server-url': 'http://github.com',
      'max-tokens': 'x',
      'openai-api-key': '',
      'max-token': '1',
    })
    expect(result.kind === 'faults' && summarize(result.faults)).toEqual([
      'max-token input-invalid',
      'github-server-url topology-invalid',
      'max-tokens input-invalid',
      'openai-api-key secret-missing',
    ])
  })
})
