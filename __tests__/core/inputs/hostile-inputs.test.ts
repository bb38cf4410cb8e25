import { describe, expect, it } from '@jest/globals'
import type { InputKind } from '../../../src/core/inputs/input-row.ts'
import { INPUT_NAMES, INPUTS, type InputName } from '../../../src/core/inputs/input-table.ts'
import { KEYS, PEM, parse, type RawInputs, refuse, SOURCES } from './raw-inputs.ts'

/** Stands in hostile values where a secret could stand; no fault may repeat it. */
const MARK = 'Zx9Qk3Vw7Lm2'
const STRAY_KEY = `sk-proj-${MARK}4mXw2LpT9vKd6sNhY3b`
const EXPRESSION = ['$', '{{ secrets.KEY }}'].join('')

/** Never right in any input: characters that end a line, a header, a string, or hide text. */
const ANYWHERE: readonly string[] = [
  `a\0${MARK}`,
  `a\r\n::set-output name=x::${MARK}`,
  `a\n::error::${MARK}`,
  `\u001b[2K${MARK}`,
  `\u202e${MARK}`,
  `a\u2028${MARK}`,
]

const SECRET: readonly string[] = [
  ' ',
  '\t\n',
  `${MARK} `,
  `${MARK}\n`,
  `"${MARK}"`,
  '***',
  EXPRESSION,
  '$OPENAI_API_KEY',
  'changeme',
  'sk-...',
  `Bearer ${MARK}`,
  `{"key":"${MARK}"}`,
  `-----BEGIN PRIVATE KEY-----\n${MARK}`,
  'x'.repeat(100_000),
  `agentproxy-${MARK}aB3dE5gH7jK9mN1pQ2rS4tU6`,
]

const URL_TEXTS: readonly string[] = [
  'junk',
  'acme.example',
  'javascript:alert(1)',
  'file:///etc/passwd',
  'ftp://acme.example',
  'https://',
  'https:///x',
  `https://${MARK}@acme.example`,
  `https://u:${MARK}@acme.example`,
  `https://acme.example?key=${MARK}`,
  `https://acme.example#${MARK}`,
  'https://acme.example/../x',
  'https://acme.example//x',
  'https://acme.example\\x',
  'https://acme .example',
  'https://аcme.example',
  'https://%61cme.example',
  'https://1.2.3',
  'https://0x7f.1',
  'https://[::1',
  'https://acme.example:0',
  'https://acme.example:99999',
  `https://acme.example/${EXPRESSION}`,
  STRAY_KEY,
]

/** Values that the kind of an input refuses, whatever else is set. */
const BY_KIND: Readonly<Record<InputKind, readonly string[]>> = {
  secret: SECRET,
  url: URL_TEXTS,
  'host-or-url': [...URL_TEXTS.filter((text) => text !== 'acme.example'), 'https://acme.example/path', 'host:443'],
  'secret-url': [
    'proxy.corp:3128',
    'socks5://proxy.corp:1080',
    'ftp://proxy.corp',
    `http://u:${MARK}@`,
    `http://u:${MARK}@x@proxy.corp`,
    `http://u:${MARK} @proxy.corp`,
    `http://u:${MARK}%zz@proxy.corp`,
    `http://proxy.corp/${MARK}`,
    `http://proxy.corp?${MARK}`,
    'http://proxy.corp:0',
    'http://proxy.corp:70000',
    'http://1.2.3:80',
    EXPRESSION,
    STRAY_KEY,
  ],
  enum: ['', ' ', 'bogus', 'STRICT', 'auto,token', 'null', '__proto__', 'constructor', EXPRESSION, STRAY_KEY],
  boolean: ['', 'yes', 'no', '1', '0', 'on', 'TrUe', 'true true', EXPRESSION, STRAY_KEY],
  integer: [
    '0',
    '-1',
    '+1',
    '1.5',
    '1e6',
    '1_000',
    '0x10',
    '007',
    'ten',
    '٣',
    '9007199254740993',
    'Infinity',
    'NaN',
    EXPRESSION,
    STRAY_KEY,
  ],
  seconds: ['', '0', '86401', '-900', '900s', '15m', '1e3', '900.0', 'none', EXPRESSION, STRAY_KEY],
  text: ['two words', 'a;b', 'a"b', '<script>', '../..', 'ä', 'a,b', 'x'.repeat(200), EXPRESSION, STRAY_KEY],
  headers: [
    'no colon',
    'x y: z',
    `authorization: Bearer ${MARK}`,
    `X-Api-Key: ${MARK}`,
    'host: evil.example',
    'content-length: 5',
    'Transfer-Encoding: chunked',
    'connection: close',
    `cookie: ${MARK}`,
    'x-empty:',
    `x-a: ${MARK}\nx-A: ${MARK}`,
    `x-a: "${MARK}\\r\\nx-b: c"`,
    `x-a: "${MARK}\\0"`,
    `x-a: " ${MARK}"`,
    'x-a: ä',
    'x-a: ***',
    `x-a: ${EXPRESSION}`,
    `- x-a: ${MARK}`,
    `{"x-a": ["${MARK}"]}`,
    `x-a: &b ${MARK}\nx-c: *b\n: `,
    `${STRAY_KEY}: x`,
  ],
  pem: [
    '',
    ' ',
    MARK,
    '***',
    EXPRESSION,
    STRAY_KEY,
    `-----BEGIN RSA PRIVATE KEY-----\n${MARK}`,
    `-----BEGIN RSA PRIVATE KEY-----${MARK}-----END RSA PRIVATE KEY-----`,
    `-----BEGIN RSA PRIVATE KEY-----\n${MARK}!\n-----END RSA PRIVATE KEY-----`,
    `-----BEGIN ENCRYPTED PRIVATE KEY-----\n${MARK}\n-----END ENCRYPTED PRIVATE KEY-----`,
    `-----BEGIN OPENSSH PRIVATE KEY-----\n${MARK}\n-----END OPENSSH PRIVATE KEY-----`,
    `-----BEGIN EC PRIVATE KEY-----\n${MARK}\n-----END EC PRIVATE KEY-----`,
    `-----BEGIN CERTIFICATE-----\n${MARK}\n-----END CERTIFICATE-----`,
    PEM.replaceAll('\n', ' '),
    `${PEM}\n${PEM}`,
    `${MARK}\n${PEM}`,
    'x'.repeat(100_000),
  ],
  bytes: [
    '',
    '-1',
    '1.5MiB',
    '1e6',
    '32MB',
    '32 MiB',
    '32mib',
    '257MiB',
    '268435457',
    '1GiB',
    'all',
    '٣',
    EXPRESSION,
    STRAY_KEY,
  ],
  list: ['***', 'a;b', 'a=b', '<script>', '../..', '1.2.3', 'ä', 'x'.repeat(20_000), EXPRESSION, STRAY_KEY],
  command: [
    'az account get-access-token',
    '[]',
    '[""]',
    '[1]',
    '[["a"]]',
    '{"a": "b"}',
    '"az"',
    'null',
    '["az",',
    `["az", "${STRAY_KEY}"]`,
    `["curl", "-H", "Authorization: Bearer eyJ${MARK}${MARK}"]`,
    `["az", "a\\u0000${MARK}"]`,
    JSON.stringify(['az', EXPRESSION]),
    JSON.stringify(Array.from({ length: 65 }, () => 'a')),
    'x'.repeat(100_000),
    EXPRESSION,
    STRAY_KEY,
  ],
  address: [
    '',
    'localhost',
    'acme.example',
    '127.0.0.1:80',
    '127.1',
    '0x7f.0.0.1',
    '256.0.0.1',
    '::1%lo',
    'fe80::1%eth0',
    'http://127.0.0.1',
    '*',
    '0.0.0.0/0',
    EXPRESSION,
    STRAY_KEY,
  ],
  path: [],
  rules: [
    '*',
    '*.com',
    '*.co.uk',
    '*.github.io',
    '*.blob.core.windows.net',
    '*.ghe.com',
    '*.windows.net',
    'a*.example.com',
    'https://acme.example/path',
    'acme.example?x',
    'acme.example#x',
    `u:${MARK}@acme.example`,
    'acme.example:*',
    'acme.example:0',
    'acme.example:99999',
    '*.acme.example:8443',
    'tcp://acme.example',
    'tcp://*.acme.example:443',
    'ftp://acme.example',
    '1.2.3',
    '0x7f.1',
    '10.0.0.5:443',
    '[::1]:443',
    '2001:db8::1',
    'localhost',
    'nodejs-bundle',
    MARK,
    '!*',
    '!acme.example:443',
    'a.example b.example',
    'acme%2eexample',
    'ok.example, ::add-mask::x',
    'ok.example # fine\n*.com',
    EXPRESSION,
    STRAY_KEY,
  ],
  networks: [
    '0.0.0.0/0',
    '::/0',
    '10.1.0.0/8',
    '8.8.0.0/16',
    'fe80::1%eth0',
    '::ffff:10.0.0.5',
    '127.0.0.1',
    '169.254.169.254',
    '10.0.0.5:0',
    '10.0.0.5:99999',
    '10.0.0.5:*',
    '1.2.3',
    '0x7f.0.0.1',
    'acme.example',
    'https://10.0.0.5',
    MARK,
    EXPRESSION,
    STRAY_KEY,
  ],
  config: [
    'just text',
    '- list',
    '[]',
    'validate: strict\nvalidate: strict',
    'validate: [strict',
    'validate: *alias',
    '? [a, b]\n: c',
    'validate: {a: {b: c}}',
    '\tvalidate: strict',
    'config: x',
    '__proto__: x',
    `opanai-api-key: ${MARK}`,
    `a: &a ${MARK}\nb: [*a, *a]`,
    `"${MARK}`,
  ],
}

/** Inputs whose kind leaves more open than the input does. */
const BY_NAME: Partial<Record<InputName, readonly string[]>> = {
  'log-directory': [STRAY_KEY],
  ...Object.fromEntries(
    INPUT_NAMES.filter((name) => name.endsWith('-file')).map((name) => [
      name,
      [STRAY_KEY, EXPRESSION, 'https://acme.example/token', 'x'.repeat(5000)],
    ]),
  ),
  'stream-idle-timeout': ['59'],
  'command-timeout': ['4', '121'],
  'command-environment': ['A=b', `TOKEN=${MARK}`, '1A', 'A,A', 'A-B', `ghp_${MARK}4mXw2LpT9vKd6sNhY3bFgC8j`, ','],
  'refresh-on-status': [
    '',
    '401,',
    '401,401',
    '400',
    '429',
    '500',
    '200',
    '0401',
    '401:',
    '401: x',
    '400:x',
    '4010',
    '401 403',
  ],
  'oauth-token-url': ['http://acme.example/token', `https://acme.example/token?secret=${MARK}`],
  'oauth-scope': ['a  b', 'a"b', 'a\\b', 'ä', 'x'.repeat(2000), EXPRESSION, STRAY_KEY],
  'oauth-client-secret': [''],
  'oauth-refresh-token': [''],
  'azure-tenant-id': [
    'contoso',
    '72f988bf86f141af91ab2d7cd011db47',
    '-a.example',
    'https://acme.example',
    `${'a'.repeat(70)}.example`,
  ],
  'azure-client-id': [
    'contoso.example',
    '72f988bf-86f1-41af-91ab-2d7cd011db4',
    '{72f988bf-86f1-41af-91ab-2d7cd011db47}',
  ],
  'azure-scope': [
    'https://ai.azure.com',
    'https://ai.azure.com/.default https://b.example/.default',
    'ftp://a/.default',
    '/.default',
  ],
  'aws-role-arn': [
    'agent',
    'arn:aws:iam::1234:role/agent',
    'arn:aws:iam::123456789012:user/agent',
    'arn:aws:sts::123456789012:assumed-role/agent/x',
    'arn:gcp:iam::123456789012:role/agent',
    'arn:aws:iam::123456789012:role/',
  ],
  'aws-region': ['us-east', 'us-east-1a', 'US-EAST-1', 'eu', 'us-east-1.evil.example', 'moon-north-1'],
  'gcp-workload-identity-provider': [
    'projects/my-project/locations/global/workloadIdentityPools/pool/providers/github',
    'projects/1/locations/eu/workloadIdentityPools/pool/providers/github',
    'projects/1/locations/global/workloadIdentityPools/pool',
    '//iam.evil.example/projects/1/locations/global/workloadIdentityPools/pool/providers/github',
    'http://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/github',
  ],
  'gcp-service-account': [
    'agent',
    'agent@acme.example',
    'agent@gserviceaccount.com.evil.example',
    'agent@evilgserviceaccount.com',
  ],
  'github-app-id': ['0', '-1', '1.5', 'my-app', '0x10'],
  'github-app-installation-id': ['0', '-1', '1.5', 'acme', 'Iv23liABCDEFGHIJKLMN'],
  'ca-bundle': [
    `-----BEGIN PRIVATE KEY-----\n${MARK}\n-----END PRIVATE KEY-----`,
    `-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n-----BEGIN EC PRIVATE KEY-----\n${MARK}\n-----END EC PRIVATE KEY-----`,
    `-----BEGIN CERTIFICATE-----\n${MARK}`,
    `-----BEGIN CERTIFICATE-----${MARK}-----END CERTIFICATE-----`,
    'https://acme.example/ca.pem',
    EXPRESSION,
    STRAY_KEY,
  ],
  'provider-auth-header': [
    'host',
    'cookie',
    'connection',
    'proxy-authorization',
    'x y',
    'a:b',
    '',
    'ä',
    STRAY_KEY,
  ].filter((text) => text !== ''),
  'github-server-url': [
    '',
    'http://github.com',
    'https://ghe.com',
    'https://github.com:8443',
    'https://acme.ghe.com.evil.io',
  ],
  'github-api-url': ['', 'http://api.github.com', 'https://api.ghe.com', 'https://github.com', 'https://ghes.corp/v3'],
  'copilot-api-target': ['api.github.com', 'https://api.github.com', 'github.com', 'http://acme.example', 'localhost'],
  'openai-base-url': ['http://acme.example/v1'],
  'anthropic-base-url': ['http://acme.example'],
  'copilot-github-token': [`ghp_${MARK}4mXw2LpT9vKd6sNhY3bFgC8j`, KEYS.openai, KEYS.anthropic, '', 'None'],
  'openai-api-key': [`sk-ant-api03-${MARK}`, `github_pat_${MARK}`, '', 'none '],
  'anthropic-api-key': [KEYS.openai, ''],
  'provider-type': ['google', 'copilot'],
  'provider-credential': ['github-app', 'openai', 'anthropic'],
  'openai-credential': ['aws', 'none', 'gcp'],
  'copilot-credential': ['azure', 'none'],
  'listen-address': ['0.0.0.0', '::', '192.168.1.2'],
}

/** The kind says what most of its inputs are; these take more. */
const WITHOUT_KIND: ReadonlySet<InputName> = new Set(['provider-auth-header', 'oauth-scope'])

/** Everything else that must be there so that the hostile value is the only fault. */
const BASE: Readonly<Record<string, RawInputs>> = {
  OpenAI: { 'openai-api-key': KEYS.openai },
  Anthropic: { 'anthropic-api-key': KEYS.anthropic },
  Google: { 'gemini-api-key': KEYS.google, 'google-api-key': KEYS.google },
  Copilot: { 'copilot-github-token': KEYS.fineGrained },
  'Own provider': { 'provider-base-url': 'https://gateway.example/v1', 'provider-api-key': 'A1b2C3d4E5f6' },
}

const GATEWAY: RawInputs = { 'provider-base-url': 'https://gateway.example/v1' }

/** The same for inputs of a source: the rest of that source, and the provider it serves. */
const BASE_BY_PREFIX: readonly (readonly [prefix: string, base: RawInputs])[] = [
  ['oauth-', { ...GATEWAY, ...SOURCES.oauth }],
  ['azure-', { ...GATEWAY, ...SOURCES.azure }],
  ['aws-', SOURCES.aws],
  ['gcp-', SOURCES.gcp],
  ['anthropic-federation', SOURCES.anthropic],
  ['anthropic-organization', SOURCES.anthropic],
  ['anthropic-service', SOURCES.anthropic],
  ['anthropic-workspace', SOURCES.anthropic],
  ['openai-identity', SOURCES.openai],
  ['openai-service', SOURCES.openai],
  ['github-app-', SOURCES['github-app']],
  ['command-', { 'openai-api-key-command': '["gcloud", "auth", "print-access-token"]' }],
]

/** Lists whose faulty entries are a fault each; `config` can hold such lists. */
const PER_ENTRY: ReadonlySet<InputKind> = new Set(['rules', 'networks', 'config'])

function listCases(): (readonly [name: InputName, text: string])[] {
  return INPUT_NAMES.flatMap((name) => {
    const byKind = WITHOUT_KIND.has(name) ? [] : BY_KIND[INPUTS[name].kind]
    return [...ANYWHERE, ...byKind, ...(BY_NAME[name] ?? [])].map((text) => [name, text] as const)
  })
}

describe('parseInputs() with one hostile value', () => {
  const base = (name: InputName): RawInputs =>
    BASE_BY_PREFIX.find(([prefix]) => name.startsWith(prefix))?.[1] ?? BASE[INPUTS[name].group] ?? BASE.OpenAI ?? {}

  it.each(INPUT_NAMES)('accepts what stands around %s without it', (name) => {
    const { [name]: _removed, ...rest } = base(name) as Record<string, string>
    expect(Object.keys(rest).length === 0 || parse(base(name)).kind === 'ok').toBe(true)
  })

  it.each(listCases().map(([name, text]) => [name, JSON.stringify(text).slice(0, 60), text] as const))(
    '%s = %s gives one fault (in a list, for each faulty entry), which names the input and repeats no secret',
    (name, _shown, text) => {
      const faults = refuse({ ...base(name), [name]: text })
      const named = faults.map((fault) => fault.input)
      expect(PER_ENTRY.has(INPUTS[name].kind) ? [...new Set(named)] : named).toEqual([name])
      const said = JSON.stringify(faults)
      expect(said).not.toContain(MARK)
      expect(said).not.toMatch(/[^\x20-\x7e‘’“”…«»]/)
      expect(faults[0]?.message.length).toBeGreaterThan(20)
      expect(faults[0]?.message.length).toBeLessThan(600)
      expect(faults[0]?.fix.length).toBeGreaterThan(5)
      expect(faults[0]?.title.length).toBeLessThanOrEqual(60)
    },
  )

  it('has hostile values for every input', () => {
    const counts = new Map(INPUT_NAMES.map((name) => [name, 0]))
    for (const [name] of listCases()) counts.set(name, (counts.get(name) ?? 0) + 1)
    expect([...counts].filter(([, count]) => count < 7)).toEqual([])
  })

  it('reports all faults of all inputs together', () => {
    const raw = Object.fromEntries(INPUT_NAMES.filter((name) => name !== 'config').map((name) => [name, `a\0${MARK}`]))
    const faults = refuse(raw)
    expect(faults.map((fault) => fault.input).sort()).toEqual(Object.keys(raw).sort())
    expect(JSON.stringify(faults)).not.toContain(MARK)
  })
})
