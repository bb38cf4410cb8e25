import { describe, expect, it } from '@jest/globals'
import type { SourceKind } from '../../../src/core/inputs/parse-sources.ts'
import { CREDENTIAL_OF, SHARED_KINDS, SHARED_SOURCES, type SharedKind } from '../../../src/core/inputs/source-table.ts'
import { PROVIDER_IDS, type ProviderId } from '../../../src/core/providers/provider.ts'
import { PROVIDERS } from '../../../src/core/providers/table.ts'
import { renderUpstream } from '../../../src/core/upstream.ts'
import { accept, KEYS, PEM, parse, type RawInputs, refuse, SOURCES, summarize } from './raw-inputs.ts'

const GATEWAY = { 'provider-base-url': 'https://gw.example/v1' }
const AZURE_HOST = 'https://agent.openai.azure.com/openai/v1'

/** The parsed credential of the only provider. */
function derive(raw: RawInputs) {
  const { inputs } = accept(raw)
  expect(inputs.providers).toHaveLength(1)
  const [provider] = inputs.providers
  return { id: provider?.id, source: provider?.credential, provider, inputs }
}

describe('a shared source without a choice', () => {
  it.each<[SharedKind, ProviderId, RawInputs]>([
    ['oauth', 'byok', GATEWAY],
    ['azure', 'byok', GATEWAY],
    ['aws', 'byok', {}],
    ['gcp', 'vertex', {}],
    ['anthropic', 'anthropic', {}],
    ['openai', 'openai', {}],
    ['github-app', 'copilot', {}],
  ])('%s serves %s', (kind, id, rest) => {
    const found = derive({ ...SOURCES[kind], ...rest })
    expect(found.id).toBe(id)
    expect(found.source?.kind).toBe(kind)
    expect([...found.inputs.secrets.keys()].every((name) => !name.endsWith('.key'))).toBe(true)
  })

  it('oauth asks whom it serves where nobody is named', () => {
    const faults = refuse(SOURCES.oauth)
    expect(summarize(faults)).toEqual(['oauth-token-url input-conflict'])
    expect(faults[0]?.fix).toContain('openai-credential: oauth')
  })

  it('azure needs the address of the provider', () => {
    expect(summarize(refuse(SOURCES.azure))).toEqual(['provider-base-url input-conflict'])
  })

  it.each(SHARED_KINDS)('%s has an owner that may use it, or none', (kind) => {
    const { owner } = SHARED_SOURCES[kind]
    const choice = owner === undefined ? 'provider-credential' : CREDENTIAL_OF[owner].choice
    expect(derive({ ...SOURCES[kind], [choice]: kind, ...(choice === 'provider-credential' ? GATEWAY : {}) }).id).toBe(
      owner ?? 'byok',
    )
  })
})

describe('<p>-credential', () => {
  const URLS: Partial<Record<ProviderId, RawInputs>> = {
    byok: GATEWAY,
    openai: { 'openai-base-url': AZURE_HOST },
    anthropic: { 'anthropic-base-url': 'https://agent.services.ai.azure.com/anthropic' },
  }
  const MAY_USE: Readonly<Record<ProviderId, readonly SharedKind[]>> = {
    copilot: ['oauth', 'github-app'],
    openai: ['oauth', 'azure', 'openai'],
    anthropic: ['oauth', 'azure', 'anthropic'],
    gemini: ['oauth', 'gcp'],
    vertex: ['oauth', 'gcp'],
    byok: ['oauth', 'azure', 'aws', 'gcp'],
  }
  const cases = PROVIDER_IDS.flatMap((id) =>
    SHARED_KINDS.map((kind) => [id, kind, MAY_USE[id].includes(kind)] as const),
  )

  it.each(cases)('of %s says %s: %s', (id, kind, isAllowed) => {
    const raw = { ...SOURCES[kind], ...URLS[id], [CREDENTIAL_OF[id].choice]: kind }
    if (isAllowed) {
      expect(derive(raw)).toMatchObject({ id, source: { kind } })
    } else {
      expect(summarize(refuse(raw))).toContain(`${CREDENTIAL_OF[id].choice} input-invalid`)
    }
  })

  it.each(PROVIDER_IDS)('of %s may be static, command and file', (id) => {
    const { choice, command, file } = CREDENTIAL_OF[id]
    const key = PROVIDERS[id].keyInput
    const keys: RawInputs = { copilot: KEYS.oauth, openai: KEYS.openai, anthropic: KEYS.anthropic }
    const given: readonly (readonly [SourceKind, RawInputs])[] = [
      ['static', { [key]: keys[id] ?? KEYS.google }],
      ['command', { [command]: '["get-token"]' }],
      ['file', { [file]: '/run/secrets/token' }],
    ]
    for (const [kind, raw] of given) {
      const rest = id === 'byok' ? GATEWAY : {}
      expect(derive({ ...raw, ...rest })).toMatchObject({ id, source: { kind } })
      expect(derive({ ...raw, ...rest, [choice]: kind })).toMatchObject({ id, source: { kind } })
    }
  })

  it.each(PROVIDER_IDS)('of %s names what is missing', (id) => {
    const { choice, command, file } = CREDENTIAL_OF[id]
    const key = PROVIDERS[id].keyInput
    const needed = { static: key, command, file, oauth: 'oauth-token-url, oauth-client-id and oauth-client-secret' }
    for (const [kind, name] of Object.entries(needed)) {
      const faults = refuse({ ...(id === 'byok' ? GATEWAY : {}), [choice]: kind })
      expect(summarize(faults)).toContain(`${choice} input-conflict`)
      expect(faults.find((fault) => fault.input === choice)?.message).toContain(name)
    }
  })

  const COMMAND = { 'openai-api-key-command': '["a"]' }
  const OWN_KEY = { 'provider-api-key': 'A1b2C3d4E5f6' }

  it.each<[string, RawInputs, string, readonly string[]]>([
    [
      'a key beside a program',
      { 'openai-api-key': KEYS.openai, ...COMMAND },
      'openai',
      ['openai-api-key', 'openai-api-key-command'],
    ],
    [
      'a program beside a file',
      { 'gemini-api-key-file': '/k', 'gemini-api-key-command': '["a"]' },
      'gemini',
      ['gemini-api-key-command', 'gemini-api-key-file'],
    ],
    [
      'a key beside a federation',
      { 'anthropic-api-key': KEYS.anthropic, ...SOURCES.anthropic },
      'anthropic',
      ['anthropic-api-key', 'anthropic-federation-rule-id'],
    ],
    [
      'two federations',
      { ...GATEWAY, ...SOURCES.azure, ...SOURCES.aws },
      'provider',
      ['azure-client-id', 'aws-role-arn'],
    ],
    [
      'a token beside an App',
      { 'copilot-github-token': KEYS.oauth, ...SOURCES['github-app'] },
      'copilot',
      ['copilot-github-token', 'github-app-id'],
    ],
    [
      'none beside a key',
      { ...GATEWAY, ...OWN_KEY, 'provider-credential': 'none' },
      'provider',
      ['provider-credential is none', 'provider-api-key'],
    ],
    [
      'a file beside the program that is named',
      { 'openai-credential': 'command', ...COMMAND, 'openai-api-key-file': '/k' },
      'openai',
      ['openai-credential is command', 'openai-api-key-file'],
    ],
    [
      'an owner that names another source',
      { ...GATEWAY, ...SOURCES.azure, 'provider-credential': 'file' },
      'provider',
      ['provider-credential is file', 'azure-tenant-id', 'azure-client-id'],
    ],
  ])('refuses %s in one fault that names both', (_title, raw, prefix, named) => {
    const faults = refuse(raw)
    expect(summarize(faults)).toEqual([`${prefix}-credential input-conflict`])
    for (const text of named) expect(faults[0]?.message).toContain(text)
  })

  it('refuses one OAuth client for two providers', () => {
    const raw = { ...SOURCES.oauth, 'openai-credential': 'oauth', 'gemini-credential': 'oauth' }
    const faults = refuse(raw)
    expect(summarize(faults)).toEqual(['gemini-credential input-conflict'])
    expect(faults[0]?.message).toContain('openai-credential and gemini-credential')
  })

  it('lets Gemini and Vertex AI share an identity of Google Cloud', () => {
    const raw = { ...SOURCES.gcp, 'gemini-credential': 'gcp', 'vertex-credential': 'gcp' }
    expect(accept(raw).inputs.providers.map(({ id, credential }) => [id, credential.kind])).toEqual([
      ['gemini', 'gcp'],
      ['vertex', 'gcp'],
    ])
  })

  it('says that a gateway wants no credential', () => {
    expect(derive({ ...GATEWAY, 'provider-credential': 'none' }).source).toEqual({ kind: 'none' })
  })
})

describe('a source that is not complete', () => {
  const cases = SHARED_KINDS.flatMap((kind) => SHARED_SOURCES[kind].needed.map((name) => [kind, name] as const)).filter(
    ([kind]) => Object.keys(SOURCES[kind]).length > 1,
  )

  it.each(cases)('%s without %s gives one fault that names it', (kind, name) => {
    const { [name]: _left, ...rest } = SOURCES[kind] as Record<string, string>
    const needsUrl = kind === 'oauth' || kind === 'azure'
    const faults = refuse({ ...rest, ...(needsUrl ? GATEWAY : {}) })
    expect(summarize(faults)).toEqual([`${name} input-conflict`])
  })

  it('lists everything that is missing at once', () => {
    const faults = refuse({ ...GATEWAY, 'oauth-scope': 'inference' })
    expect(faults).toHaveLength(1)
    expect(faults[0]?.message).toContain('oauth-token-url, oauth-client-id and oauth-client-secret')
  })

  it.each(['oauth-client-secret', 'github-app-private-key'] as const)(
    '%s that is empty is a missing secret',
    (name) => {
      const kind = name === 'oauth-client-secret' ? 'oauth' : 'github-app'
      const raw = { ...GATEWAY, ...SOURCES[kind], [name]: '' }
      expect(summarize(refuse(raw))).toEqual([`${name} secret-missing`])
      const { inputs } = accept({ ...raw, 'on-missing': 'skip', 'openai-api-key': KEYS.openai })
      expect(inputs.skipped).toEqual([{ provider: kind === 'oauth' ? 'byok' : 'copilot', input: name }])
      expect([...inputs.secrets.keys()]).toEqual(['openai.key'])
    },
  )
})

describe('a source that starts from an identity token', () => {
  const kinds = SHARED_KINDS.filter((kind) => SHARED_SOURCES[kind].usesOidc)
  const rest = (kind: SharedKind): RawInputs => ({ ...SOURCES[kind], ...(kind === 'azure' ? GATEWAY : {}) })

  it.each(kinds)('%s needs id-token: write', (kind) => {
    const result = parse(rest(kind), 'missing')
    const faults = result.kind === 'faults' ? result.faults : []
    expect(faults.map((fault) => fault.code)).toEqual(['oidc-unavailable'])
    expect(faults[0]?.fix).toContain('permissions: { contents: read, id-token: write }')
  })

  it.each(kinds)('%s is skipped without it where that was declared acceptable', (kind) => {
    const result = parse({ ...rest(kind), 'on-missing': 'skip' }, 'missing')
    expect(result.kind === 'ok' && result.inputs.skipped).toHaveLength(1)
    expect(result.kind === 'ok' && result.inputs.providers).toEqual([])
  })

  it.each(['oauth', 'github-app'] as const)('%s does not', (kind) => {
    expect(parse({ ...GATEWAY, ...SOURCES[kind] }, 'missing').kind).toBe('ok')
  })
})

describe('what a source becomes', () => {
  it('oauth with a client secret', () => {
    const { source, inputs } = derive({ ...GATEWAY, ...SOURCES.oauth, 'oauth-scope': 'a b' })
    expect(source).toEqual({
      kind: 'oauth',
      tokenUrl: { scheme: 'https', hostname: 'login.acme.example', port: 443, basePath: '/oauth2/token' },
      clientId: 'agent-client',
      grant: 'client_credentials',
      scope: 'a b',
    })
    expect(inputs.secrets.get('byok.oauth-client-secret')?.reveal()).toBe('S3cr~etOfTheClient')
    expect(JSON.stringify(inputs)).not.toContain('S3cr~et')
  })

  it('oauth with a refresh token, with and without a client secret', () => {
    const { 'oauth-client-secret': _left, ...isPublic } = SOURCES.oauth
    const token = { 'oauth-refresh-token': 'r3fresh-Me-0nce' }
    const found = derive({ ...GATEWAY, ...isPublic, ...token })
    expect(found.source).toMatchObject({ grant: 'refresh_token' })
    expect([...found.inputs.secrets.keys()]).toEqual(['byok.oauth-refresh-token'])
    expect([...derive({ ...GATEWAY, ...SOURCES.oauth, ...token }).inputs.secrets.keys()]).toEqual([
      'byok.oauth-client-secret',
      'byok.oauth-refresh-token',
    ])
  })

  it.each([
    ['https://idp.example/token/', '/token/'],
    ['http://127.0.0.1:9/t', '/t'],
    ['https://idp.example', ''],
  ])('oauth keeps the path of %s', (url, basePath) => {
    const { source } = derive({ ...GATEWAY, ...SOURCES.oauth, 'oauth-token-url': url })
    expect(source).toMatchObject({ tokenUrl: { basePath } })
  })

  it.each([
    ['public', 'https://cognitiveservices.azure.com/.default'],
    ['usgov', 'https://cognitiveservices.azure.us/.default'],
    ['china', 'https://cognitiveservices.azure.cn/.default'],
  ])('azure in the cloud %s', (cloud, scope) => {
    const { source } = derive({ ...GATEWAY, ...SOURCES.azure, 'azure-cloud': cloud })
    expect(source).toMatchObject({ kind: 'azure', cloud, scope, tenantId: SOURCES.azure['azure-tenant-id'] })
  })

  it.each(['contoso.onmicrosoft.com', 'contoso.example'])('azure takes the domain %s for the tenant', (tenant) => {
    const raw = { ...GATEWAY, ...SOURCES.azure, 'azure-tenant-id': tenant, 'azure-scope': 'api://my-app/.default' }
    expect(derive(raw).source).toMatchObject({ tenantId: tenant, scope: 'api://my-app/.default' })
  })

  it.each(['//iam.googleapis.com/', 'https://iam.googleapis.com/', ''])('gcp takes the spelling with %j', (prefix) => {
    const name = SOURCES.gcp['gcp-workload-identity-provider']
    const account = 'agent@my-project.iam.gserviceaccount.com'
    const raw = { 'gcp-workload-identity-provider': prefix + name, 'gcp-service-account': account }
    expect(derive(raw).source).toEqual({ kind: 'gcp', workloadIdentityProvider: name, serviceAccount: account })
  })

  it.each([
    ['Windows line breaks', PEM.replaceAll('\n', '\r\n'), 0],
    ['a line break at the end', `${PEM}\n`, 0],
    ['line breaks written as \\n', PEM.replaceAll('\n', '\\n'), 1],
    ['PKCS #8', PEM.replaceAll('RSA ', ''), 0],
  ])('github-app takes a key with %s', (_title, text, count) => {
    const { inputs, notices } = accept({ ...SOURCES['github-app'], 'github-app-private-key': text })
    const pem = inputs.secrets.get('copilot.github-app-private-key')?.reveal() ?? ''
    expect(pem.replaceAll('RSA ', '')).toBe(`${PEM.replaceAll('RSA ', '')}\n`)
    expect(notices).toHaveLength(count)
    expect(JSON.stringify([inputs, notices])).not.toContain('bm90YWtleQ')
  })

  it('github-app takes a client id', () => {
    expect(derive({ ...SOURCES['github-app'], 'github-app-id': 'Iv23liABCDEFGHIJKLMN' }).source).toMatchObject({
      appId: 'Iv23liABCDEFGHIJKLMN',
      installationId: '67890',
    })
  })

  it.each([
    ['exchange', 'copilot-routing input-conflict'],
    ['passthrough', 'copilot-routing input-conflict'],
  ])('github-app does not go with copilot-routing: %s', (routing, summary) => {
    expect(summarize(refuse({ ...SOURCES['github-app'], 'copilot-routing': routing }))).toEqual([summary])
  })
})

describe('the header of a token', () => {
  it.each<[string, RawInputs, string | undefined]>([
    ['Entra at Azure', { ...SOURCES.azure, ...GATEWAY, 'provider-type': 'azure' }, 'authorization'],
    ['Entra at an OpenAI form', { ...SOURCES.azure, ...GATEWAY }, undefined],
    ['Entra in another header', { ...SOURCES.azure, ...GATEWAY, 'provider-auth-header': 'api-key' }, 'api-key'],
    ['Google Cloud at Vertex AI', SOURCES.gcp, 'authorization'],
    ['a federation at Anthropic', SOURCES.anthropic, undefined],
  ])('of %s', (_title, raw, header) => {
    expect(derive(raw).provider?.authHeader).toBe(header)
  })

  it('is none where requests are signed', () => {
    const faults = refuse({ ...SOURCES.aws, 'provider-auth-header': 'x-key' })
    expect(summarize(faults)).toEqual(['provider-auth-header input-conflict'])
  })

  it('never goes from Entra to the vendor’s own host', () => {
    const raw = { ...SOURCES.azure, 'openai-credential': 'azure' }
    expect(summarize(refuse(raw))).toEqual(['openai-base-url input-conflict'])
    expect(derive({ ...raw, 'openai-base-url': AZURE_HOST }).source?.kind).toBe('azure')
  })
})

describe('Amazon Bedrock', () => {
  it.each([
    ['us-east-1', 'arn:aws:iam::123456789012:role/a', 'https://bedrock-runtime.us-east-1.amazonaws.com'],
    ['us-gov-west-1', 'arn:aws-us-gov:iam::123456789012:role/a', 'https://bedrock-runtime.us-gov-west-1.amazonaws.com'],
    ['cn-north-1', 'arn:aws-cn:iam::123456789012:role/a', 'https://bedrock-runtime.cn-north-1.amazonaws.com.cn'],
  ])('is reached in %s', (region, role, url) => {
    const { provider } = derive({ 'aws-role-arn': role, 'aws-region': region })
    expect(provider).toMatchObject({ id: 'byok', dialect: 'bedrock', credential: { kind: 'aws', region } })
    expect(provider && renderUpstream(provider.upstream)).toBe(url)
  })

  it('is reached at an address of one’s own', () => {
    const { provider } = derive({ ...SOURCES.aws, 'provider-base-url': 'https://vpce-1.bedrock.example' })
    expect(provider && renderUpstream(provider.upstream)).toBe('https://vpce-1.bedrock.example')
  })

  it.each<[string, RawInputs, string]>([
    ['a role of another partition', { ...SOURCES.aws, 'aws-region': 'cn-north-1' }, 'aws-region'],
    [
      'an address in another region',
      { ...SOURCES.aws, 'provider-base-url': 'https://bedrock-runtime.us-west-2.amazonaws.com' },
      'aws-region',
    ],
    ['keys of AWS for another API', { ...SOURCES.aws, ...GATEWAY, 'provider-type': 'anthropic' }, 'provider-type'],
    ['a token of Entra', { ...SOURCES.azure, 'provider-type': 'bedrock', 'aws-region': 'us-east-1' }, 'provider-type'],
    ['a region without a role or key', { 'aws-region': 'us-east-1' }, 'aws-role-arn'],
  ])('refuses %s', (_title, raw, input) => {
    expect(summarize(refuse(raw))).toEqual([`${input} input-conflict`])
  })

  it('takes a Bedrock API key from a program', () => {
    const raw = { 'provider-type': 'bedrock', 'aws-region': 'us-east-1', 'provider-api-key-command': '["get-key"]' }
    expect(derive(raw)).toMatchObject({ source: { kind: 'command' }, provider: { dialect: 'bedrock' } })
  })

  it('says that a region has no effect elsewhere', () => {
    const raw = { ...GATEWAY, 'provider-api-key': 'A1b2C3d4E5f6', 'aws-region': 'us-east-1' }
    expect(accept(raw).notices).toEqual([expect.stringContaining('aws-region has no effect')])
  })
})

describe('programs', () => {
  const COMMAND = 'openai-api-key-command'

  it('are arrays that stay as they are', () => {
    const { source } = derive({
      [COMMAND]: '["./token.sh", "--audience", "a b\\n", ""]',
      'command-timeout': '5',
      'command-environment': 'AZURE_CONFIG_DIR, A\nb_2',
    })
    expect(source).toEqual({
      kind: 'command',
      argv: ['./token.sh', '--audience', 'a b\n', ''],
      timeoutMs: 5000,
      environmentNames: ['AZURE_CONFIG_DIR', 'A', 'b_2'],
    })
  })

  it('have thirty seconds and no variables of the user’s by default', () => {
    expect(derive({ [COMMAND]: '["a"]' }).source).toMatchObject({ timeoutMs: 30_000, environmentNames: [] })
  })

  it.each(['bash', 'sh', 'pwsh'])('are one string for %s', (shell) => {
    const { source } = derive({ [COMMAND]: 'a | b\nc', 'command-shell': shell })
    const argv = source?.kind === 'command' ? source.argv : []
    expect(argv[0]).toBe(shell)
    expect(argv.at(-1)).toBe('a | b\nc')
  })

  it('are no array where a shell is named', () => {
    expect(summarize(refuse({ [COMMAND]: '["a"]', 'command-shell': 'bash' }))).toEqual([`${COMMAND} input-invalid`])
  })

  it.each(['a\r\nb', 'a\0', '\u001b[2K', `curl -H "x: ${KEYS.openai}"`])('are no string such as %j', (text) => {
    const faults = refuse({ [COMMAND]: text, 'command-shell': 'sh' })
    expect(summarize(faults)).toEqual([`${COMMAND} input-invalid`])
    expect(JSON.stringify(faults)).not.toContain(KEYS.openai)
  })

  it('leave settings without effect where there are none', () => {
    const { notices } = accept({ 'openai-api-key': KEYS.openai, 'command-shell': 'bash', 'command-timeout': '7' })
    expect(notices).toHaveLength(2)
  })
})

describe('renewal', () => {
  const read = (raw: RawInputs) => accept({ 'openai-api-key': KEYS.openai, ...raw }).inputs.refresh

  it('has defaults', () => {
    expect(read({})).toEqual({ onStatus: [{ status: 401 }], replayBufferBytes: 33_554_432 })
  })

  it('reads statuses and the words of their answers', () => {
    expect(read({ 'refresh-on-status': '401, 403\n400:ExpiredToken,\t429:token has expired' }).onStatus).toEqual([
      { status: 401 },
      { status: 403 },
      { status: 400, text: 'ExpiredToken' },
      { status: 429, text: 'token has expired' },
    ])
  })

  it.each([
    ['0', 0],
    ['65536', 65_536],
    ['512KiB', 524_288],
    ['256MiB', 268_435_456],
  ])('holds %s', (text, bytes) => {
    expect(read({ 'replay-buffer': text }).replayBufferBytes).toBe(bytes)
  })
})
