import { describe, expect, test } from '@jest/globals'
import { OUTPUT_CAUSES } from '../../../src/core/credentials/causes/output-causes.ts'
import { LONGEST_JSON, LONGEST_TEXT, parseCommandOutput } from '../../../src/core/credentials/parse-command-output.ts'
import { parseFileValue } from '../../../src/core/credentials/parse-file-value.ts'
import type { SourceFailure, SourceOutcome } from '../../../src/core/credentials/source.ts'
import { createRedactor } from '../../../src/core/redact.ts'
import { NOW } from './sources.ts'

const CONTEXT = { input: 'openai-api-key-command', receivedAt: NOW, redact: createRedactor(['known-s3cret']) }
const HOUR = NOW + 3_600_000
const ISO = '2026-11-01T13:00:00Z'
const TOKEN = 'tok-V4LUE-0123456789'
const AWS = { Version: 1, AccessKeyId: 'ASIAIOSFODNN7EXAMPLE', SecretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPx' }
const GOOGLE = { version: 1, success: true, token_type: 'urn:ietf:params:oauth:token-type:id_token' }

const write = (output: unknown): string => (typeof output === 'string' ? output : JSON.stringify(output))
const jwt = (payload: object): string =>
  `eyJhbGciOiJub25lIn0.${Buffer.from(JSON.stringify(payload)).toString('base64url')}.x`

function secretOf(outcome: SourceOutcome): string {
  if (outcome.kind === 'failure') throw new Error(`${outcome.cause}: ${outcome.message}`)
  const { value } = outcome.credential
  if (value.kind !== 'secret') throw new Error(`got ${value.kind}`)
  return value.secret.reveal()
}

function fail(output: unknown): SourceFailure {
  const outcome = parseCommandOutput(write(output), CONTEXT)
  if (outcome.kind !== 'failure') throw new Error('obtained a credential')
  return outcome
}

interface Accepted {
  readonly name: string
  readonly output: unknown
  readonly expiresAt: number | null
}

const ACCEPTED: readonly Accepted[] = [
  { name: 'a bare token', output: TOKEN, expiresAt: null },
  { name: 'a bare token with line breaks around it', output: `\r\n${TOKEN}\r\n\n`, expiresAt: null },
  { name: 'a byte order mark, as PowerShell writes it', output: `\ufeff${TOKEN}`, expiresAt: null },
  {
    name: 'an ExecCredential',
    output: {
      apiVersion: 'client.authentication.k8s.io/v1',
      kind: 'ExecCredential',
      status: { token: TOKEN, expirationTimestamp: ISO },
    },
    expiresAt: HOUR,
  },
  {
    name: 'an ExecCredential without expiry',
    output: { kind: 'ExecCredential', status: { token: TOKEN } },
    expiresAt: null,
  },
  {
    name: 'a Google executable source',
    output: { ...GOOGLE, id_token: TOKEN, expiration_time: HOUR / 1000 },
    expiresAt: HOUR,
  },
  { name: 'an OAuth answer', output: { access_token: TOKEN, expires_in: 3600 }, expiresAt: HOUR },
  {
    name: 'an OAuth answer with expires_at',
    output: { access_token: TOKEN, expires_at: HOUR / 1000 },
    expiresAt: HOUR,
  },
  {
    name: 'an OAuth answer with a text as lifetime',
    output: { access_token: TOKEN, expires_in: '3600' },
    expiresAt: HOUR,
  },
  {
    name: 'az, whose expiresOn without a zone is ignored',
    output: { accessToken: TOKEN, expiresOn: '2020-01-01 00:00:00.000000', expires_on: HOUR / 1000 },
    expiresAt: HOUR,
  },
  {
    name: 'an old az without expires_on',
    output: { accessToken: TOKEN, expiresOn: '2020-01-01 00:00:00.000000' },
    expiresAt: null,
  },
  { name: 'gcloud', output: { credential: { access_token: TOKEN, token_expiry: ISO } }, expiresAt: HOUR },
  { name: 'a token with milliseconds', output: { token: TOKEN, expiresOnTimestamp: HOUR }, expiresAt: HOUR },
  {
    name: 'a token with seconds where milliseconds belong',
    output: { token: TOKEN, expiresOnTimestamp: HOUR / 1000 },
    expiresAt: HOUR,
  },
  { name: 'Docker', output: { ServerURL: 'https://x', Username: '<token>', Secret: TOKEN }, expiresAt: null },
  {
    name: 'git',
    output: `protocol=https\nusername=x\npassword=${TOKEN}\nstate[]=a\npassword_expiry_utc=${HOUR / 1000}\n`,
    expiresAt: HOUR,
  },
  { name: 'git with a password alone', output: `password=${TOKEN}`, expiresAt: null },
  { name: 'git with Windows line breaks', output: `username=x\r\npassword=${TOKEN}\r\n\r\n`, expiresAt: null },
  { name: 'JSON with line breaks', output: JSON.stringify({ access_token: TOKEN }, null, 2), expiresAt: null },
  { name: 'JSON after a byte order mark', output: `\ufeff${JSON.stringify({ token: TOKEN })}`, expiresAt: null },
  { name: 'more than 30 days', output: { access_token: TOKEN, expires_in: 2_592_001 }, expiresAt: null },
]

describe('parseCommandOutput takes', () => {
  test.each(ACCEPTED)('$name', ({ output, expiresAt }) => {
    const outcome = parseCommandOutput(write(output), CONTEXT)
    expect(secretOf(outcome)).toBe(TOKEN)
    expect(outcome).toMatchObject({ credential: { expiresAt } })
    expect(JSON.stringify(outcome)).not.toContain(TOKEN)
  })

  test.each([
    ['bare', (token: string) => token],
    ['in an OAuth answer', (token: string) => JSON.stringify({ access_token: token })],
    ['of a Docker helper', (token: string) => JSON.stringify({ ServerURL: 'x', Username: 'y', Secret: token })],
  ])('the expiry of a JWT, %s', (_name, wrap) => {
    const token = jwt({ exp: HOUR / 1000 })
    expect(parseCommandOutput(wrap(token), CONTEXT)).toMatchObject({ credential: { expiresAt: HOUR } })
  })

  test('a JWT without expiry', () => {
    expect(parseCommandOutput(jwt({ sub: 'x' }), CONTEXT)).toMatchObject({ credential: { expiresAt: null } })
  })

  test('the keys of an AWS credential process', () => {
    const outcome = parseCommandOutput(
      write({ ...AWS, SessionToken: 'AQoDYXdzEE0a8ANXXXX=', Expiration: ISO }),
      CONTEXT,
    )
    if (outcome.kind === 'failure' || outcome.credential.value.kind !== 'aws') throw new Error('no keys')
    const { value, expiresAt } = outcome.credential
    expect(expiresAt).toBe(HOUR)
    expect(value.accessKeyId).toBe(AWS.AccessKeyId)
    expect(value.secretAccessKey.reveal()).toBe(AWS.SecretAccessKey)
    expect(value.sessionToken?.reveal()).toBe('AQoDYXdzEE0a8ANXXXX=')
  })

  test('AWS keys that never expire', () => {
    const outcome = parseCommandOutput(write(AWS), CONTEXT)
    expect(outcome).toMatchObject({ kind: 'obtained', credential: { expiresAt: null } })
    expect(outcome.kind === 'obtained' && Object.keys(outcome.credential.value)).not.toContain('sessionToken')
  })
})

const REFUSED: readonly (readonly [name: string, output: unknown, cause: string])[] = [
  ['nothing', '', 'output-empty'],
  ['white space', ' \r\n\t', 'output-empty'],
  ['two lines', `${TOKEN}\n${TOKEN}`, 'output-lines'],
  ['a log line before the token', `INFO fetching\n${TOKEN}\n`, 'output-lines'],
  ['a carriage return inside', `${TOKEN}\r${TOKEN}`, 'output-lines'],
  ['lines of git without a password', 'protocol=https\nusername=x', 'output-lines'],
  ['a sentence', 'Please log in first.', 'output-damaged'],
  ['NUL inside', `${TOKEN}\0x`, 'output-damaged'],
  ['a space inside', `${TOKEN} x`, 'output-damaged'],
  ['an escape sequence', `\u001b[32m${TOKEN}\u001b[0m`, 'output-damaged'],
  ['quotes', `"${TOKEN}"`, 'output-damaged'],
  ['a scheme', `Bearer ${TOKEN}`, 'output-damaged'],
  ['a header', `Authorization: ${TOKEN}`, 'output-damaged'],
  ['an assignment', `OPENAI_API_KEY=${TOKEN}`, 'output-damaged'],
  ['a masked value', '***', 'output-damaged'],
  ['a key file', '-----BEGIN KEY-----', 'output-damaged'],
  ['a token outside ASCII', 'tök-V4LUE-0123456789', 'output-damaged'],
  ['replacement characters', '\ufffd\ufffdtoken', 'output-damaged'],
  ['a git password with a space', `password=a b`, 'output-damaged'],
  ['an empty git password', 'username=x\npassword=', 'output-empty'],
  ['a token inside JSON with a line break', { access_token: `${TOKEN}\r\nx-evil: 1` }, 'output-damaged'],
  ['a token inside JSON with a line break at its end', { access_token: `${TOKEN}\n` }, 'output-damaged'],
  ['too much text', 'x'.repeat(LONGEST_TEXT + 1), 'output-too-long'],
  ['too much JSON', `{"token":"${'x'.repeat(LONGEST_JSON)}"}`, 'output-too-long'],
  ['a text longer than any header', 'x'.repeat(20_000), 'output-damaged'],
  ['JSON that was cut', '{"access_token":"abc', 'output-json-broken'],
  ['two JSON documents', '{"token":"a"}{"token":"b"}', 'output-json-broken'],
  ['deep nesting', '['.repeat(200_000), 'output-json-broken'],
  ['a JSON list', [{ access_token: TOKEN }], 'output-json-unknown'],
  ['an empty object', {}, 'output-json-unknown'],
  ['an unknown object', { key: TOKEN, other: 1 }, 'output-json-unknown'],
  ['a nested answer', { data: { access_token: TOKEN } }, 'output-json-unknown'],
  ['an inherited member', '{"__proto__":{"access_token":"x"}}', 'output-json-unknown'],
  ['credential: null', { credential: null }, 'output-json-member'],
  ['a token of another type', { access_token: { a: TOKEN } }, 'output-json-member'],
  ['a token that is a number', { token: 5 }, 'output-json-member'],
  ['an empty token', { accessToken: '' }, 'output-json-member'],
  ['a token of white space', { accessToken: ' ' }, 'output-json-member'],
  [
    'an ExecCredential with a certificate',
    { kind: 'ExecCredential', status: { clientCertificateData: 'x' } },
    'output-json-member',
  ],
  ['an ExecCredential without status', { kind: 'ExecCredential' }, 'output-json-member'],
  ['gcloud without a token', { credential: { token_expiry: ISO } }, 'output-json-member'],
  ['AWS keys of another version', { ...AWS, Version: 2 }, 'output-json-member'],
  ['AWS keys without version', { ...AWS, Version: undefined }, 'output-json-member'],
  ['AWS keys without the secret', { Version: 1, AccessKeyId: AWS.AccessKeyId }, 'output-json-member'],
  ['AWS keys of another type', { ...AWS, SecretAccessKey: ['x'] }, 'output-json-member'],
  ['a Google source of another version', { ...GOOGLE, version: 2, id_token: TOKEN }, 'output-json-member'],
  ['a Google source with SAML', { ...GOOGLE, saml_response: TOKEN }, 'output-json-member'],
  [
    'a Google source that failed',
    { ...GOOGLE, success: false, code: '401', message: 'Caller not authorized.' },
    'output-error',
  ],
  ['a past expiry', { access_token: TOKEN, expires_in: 0 }, 'output-expired'],
  [
    'a past ISO time',
    { kind: 'ExecCredential', status: { token: TOKEN, expirationTimestamp: '2026-11-01T11:59:59Z' } },
    'output-expired',
  ],
  ['a past JWT', jwt({ exp: NOW / 1000 }), 'output-expired'],
  ['past AWS keys', { ...AWS, Expiration: '2026-10-31T00:00:00Z' }, 'output-expired'],
]

describe('parseCommandOutput refuses', () => {
  test('an expired credential with the name of its shape', () => {
    const { message } = fail(`password=${TOKEN}\npassword_expiry_utc=1`)
    expect(message).toContain('gave an answer of a git credential helper that has already expired')
  })

  test.each(REFUSED)('%s', (_name, output, cause) => {
    const failure = fail(output)
    expect(failure).toMatchObject({ cause, isPermanent: false })
    expect(failure.message).toMatch(/^The command of openai-api-key-command [^\n\r]+\.$/)
    expect(failure.fix).toMatch(/^[^\n\r]{10,}$/)
    expect(JSON.stringify(failure)).not.toMatch(/V4LUE|evil|wJalr|\{\w+\}|Please log/)
  })

  test('with every row of its table', () => {
    const covered = new Set(REFUSED.map(([, , cause]) => cause))
    expect(Object.values(OUTPUT_CAUSES).filter(({ code }) => !covered.has(code))).toEqual([])
  })

  test('with the shape that was found', () => {
    expect(fail(`a\nb\nc`).message).toContain('3 lines')
    expect(fail({ a: 1 }).message).toContain('a JSON object with 1 member,')
    expect(fail({ a: 1, b: 2 }).message).toContain('a JSON object with 2 members')
    expect(fail({ kind: 'ExecCredential', status: { token: null } }).message).toContain('whose status.token is null')
    expect(fail({ access_token: [] }).message).toContain('an OAuth answer whose access_token is an array')
    expect(fail(`${TOKEN}\0x`).message).toContain('U+0000')
  })

  test('with a tool’s own words redacted, cut and on one line', () => {
    const message = `bad\r\n::error::known-s3cret ghs_abcdefghijklmnopqrstuvwxyz0123456789 ${'x '.repeat(500)}`
    const failure = fail({ ...GOOGLE, success: false, code: 'E1', message })
    expect(failure.message).toContain('E1: bad')
    expect(failure.message).not.toMatch(/known-s3cret|ghs_abc|[\r\n]/)
    expect(failure.message.length).toBeLessThan(300)
  })
})

describe('parseFileValue', () => {
  const file = { ...CONTEXT, input: 'openai-api-key-file' }

  test.each(ACCEPTED)('takes $name', ({ output, expiresAt }) => {
    const outcome = parseFileValue(write(output), file)
    if (outcome.kind === 'torn') throw new Error('torn')
    expect(secretOf(outcome)).toBe(TOKEN)
    expect(outcome).toMatchObject({ credential: { expiresAt } })
  })

  test.each([
    ['an empty file', '', 'output-empty'],
    ['a file with a line break alone', '\n', 'output-empty'],
    ['the beginning of a document', '{"access_token":"a', 'output-json-broken'],
  ])('takes %s for one that is being written', (_name, text, cause) => {
    const outcome = parseFileValue(text, file)
    expect(outcome).toMatchObject({ kind: 'torn', failure: { kind: 'failure', cause } })
    expect(outcome.kind === 'torn' && outcome.failure.message).toMatch(/^The file of openai-api-key-file /)
  })

  test('refuses what no writing explains', () => {
    expect(parseFileValue('a\nb', file)).toMatchObject({ kind: 'failure', cause: 'output-lines' })
    expect(parseFileValue('{"a":1}', file)).toMatchObject({ kind: 'failure', cause: 'output-json-unknown' })
  })
})
