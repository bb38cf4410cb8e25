import { describe, expect, it } from '@jest/globals'
import { INPUT_NAMES, INPUTS, type InputKind, type InputName } from '../../../src/core/inputs/input-table.ts'
import { KEYS, parse, type RawInputs, refuse } from './raw-inputs.ts'

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
  seconds: ['', '0', '59', '86401', '-900', '900s', '15m', '1e3', '900.0', 'none', EXPRESSION, STRAY_KEY],
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
  'provider-type': ['bedrock'],
  'listen-address': ['0.0.0.0', '::', '192.168.1.2'],
}

/** `text` says what most texts are; these two inputs take more. */
const WITHOUT_KIND: ReadonlySet<InputName> = new Set(['provider-auth-header'])

/** Everything else that must be there so that the hostile value is the only fault. */
const BASE: Readonly<Record<string, RawInputs>> = {
  OpenAI: { 'openai-api-key': KEYS.openai },
  Anthropic: { 'anthropic-api-key': KEYS.anthropic },
  Google: { 'gemini-api-key': KEYS.google, 'google-api-key': KEYS.google },
  Copilot: { 'copilot-github-token': KEYS.fineGrained },
  'Own provider': { 'provider-base-url': 'https://gateway.example/v1', 'provider-api-key': 'A1b2C3d4E5f6' },
}

function listCases(): (readonly [name: InputName, text: string])[] {
  return INPUT_NAMES.flatMap((name) => {
    const byKind = WITHOUT_KIND.has(name) ? [] : BY_KIND[INPUTS[name].kind]
    return [...ANYWHERE, ...byKind, ...(BY_NAME[name] ?? [])].map((text) => [name, text] as const)
  })
}

describe('parseInputs() with one hostile value', () => {
  const base = (name: InputName): RawInputs => BASE[INPUTS[name].group] ?? BASE.OpenAI ?? {}

  it.each(INPUT_NAMES)('accepts what stands around %s without it', (name) => {
    const { [name]: _removed, ...rest } = base(name) as Record<string, string>
    expect(Object.keys(rest).length === 0 || parse(base(name)).kind === 'ok').toBe(true)
  })

  it.each(listCases().map(([name, text]) => [name, JSON.stringify(text).slice(0, 60), text] as const))(
    '%s = %s gives exactly one fault, which names the input and repeats no secret',
    (name, _shown, text) => {
      const faults = refuse({ ...base(name), [name]: text })
      expect(faults.map((fault) => fault.input)).toEqual([name])
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
