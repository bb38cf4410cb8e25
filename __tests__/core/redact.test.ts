import { describe, expect, test } from '@jest/globals'
import { createRedactor } from '../../src/core/redact.ts'
import { REDACTED } from '../../src/core/secret.ts'
import { createRandom } from './usage/seeded-random.ts'

const SECRET = 'p4ss "w/ö+rd" \\ of=the&gateway'
const redact = createRedactor([SECRET, ''])

const base64 = (text: string): string => Buffer.from(text).toString('base64')

describe('createRedactor, known secrets', () => {
  test.each([
    ['plain', SECRET],
    ['JSON', JSON.stringify({ key: SECRET })],
    ['JSON in JSON', JSON.stringify(JSON.stringify(SECRET))],
    ['URL', encodeURIComponent(SECRET)],
    ['URL, lower case', encodeURIComponent(SECRET).replaceAll(/%../g, (code) => code.toLowerCase())],
    ['form', new URLSearchParams({ key: SECRET }).toString()],
    ['hex', Buffer.from(SECRET).toString('hex')],
    ['hex, upper case', Buffer.from(SECRET).toString('hex').toUpperCase()],
    ['base64', base64(SECRET)],
    ['base64url', Buffer.from(SECRET).toString('base64url')],
  ])('replaces it as %s', (_, spelled) => {
    const result = redact(`before ${spelled} after`)
    expect(result).toContain(REDACTED)
    expect(result).toMatch(/^before .* after$/s)
    expect(result).not.toContain('gateway')
  })

  test('replaces it in base64 whatever stands around it', () => {
    for (const prefix of ['', 'u', 'u:', 'user:', 'user-:']) {
      for (const suffix of ['', '}', '"}', '\n"}']) {
        const result = redact(base64(prefix + SECRET + suffix))
        expect(result).toContain(REDACTED)
        // Up to two characters at each end hold bits of the neighbours.
        expect(result.replace(REDACTED, '').length).toBeLessThanOrEqual(base64(prefix + suffix).length + 8)
        expect(Buffer.from(result.split(REDACTED)[1] ?? '', 'base64').toString()).not.toContain('way')
      }
    }
  })

  test('replaces every secret of every length and alphabet in every position', () => {
    const random = createRandom(99)
    for (let round = 0; round < 300; round += 1) {
      const length = 8 + Math.floor(random() * 60)
      const secret = Array.from({ length }, () => String.fromCharCode(33 + Math.floor(random() * 94))).join('')
      const redactOne = createRedactor([secret])
      const around = Array.from({ length: Math.floor(random() * 7) }, () => '~').join('')
      for (const spelled of [
        secret,
        JSON.stringify(secret),
        encodeURIComponent(secret),
        `${new URLSearchParams({ secret })}`,
        base64(around + secret + around),
      ]) {
        expect(redactOne(`<${spelled}>`)).toContain(REDACTED)
      }
    }
  })

  test('replaces the longer of two overlapping secrets as a whole', () => {
    expect(createRedactor(['abcdefgh', 'abcdefgh-and-more'])('x abcdefgh-and-more y')).toBe(`x ${REDACTED} y`)
  })

  test('replaces single lines of a secret with many', () => {
    const key = ['-----BEGIN X-----', 'MIIEvQIBADANBgkqhkiG9w0B', 'shortline', '-----END X-----'].join('\n')
    expect(createRedactor([key])('line: MIIEvQIBADANBgkqhkiG9w0B')).toBe(`line: ${REDACTED}`)
  })

  test('ignores empty secrets and leaves ordinary text alone', () => {
    const text = '{"kind":"request","path":"/v1/responses","upstream":"api.openai.com","model":"gpt-5.1"}'
    expect(createRedactor([''])(text)).toBe(text)
    expect(redact(text)).toBe(text)
  })

  test('takes a lone surrogate in a secret', () => {
    expect(createRedactor(['abc\ud800defgh'])('abc\ud800defgh')).toBe(REDACTED)
  })
})

const letters = (length: number): string => 'aB3dE5gH'.repeat(Math.ceil(length / 8)).slice(0, length)

describe('createRedactor, shapes', () => {
  const redactShapes = createRedactor([])

  test.each([
    ['OpenAI', `sk-proj-${letters(48)}`],
    ['OpenAI, as its error quotes it', 'sk-proj-********************************wxyz'],
    ['Anthropic', `sk-ant-api03-${letters(60)}-AA`],
    ['GitHub', `ghp_${letters(36)}`],
    ['GitHub app', `ghs_${letters(36)}`],
    ['GitHub app with three parts', `ghs_123_eyJ${letters(20)}.${letters(40)}.${letters(30)}`],
    ['GitHub fine-grained', `github_pat_${letters(22)}_${letters(59)}`],
    ['Google', `AIza${letters(35)}`],
    ['Google access token', `ya29.${letters(60)}`],
    ['JWT', `eyJ${letters(20)}.eyJ${letters(40)}.${letters(43)}`],
    ['AWS key id', 'AKIAIOSFODNN7EXAMPLE'],
  ])('replaces a key of %s, wherever it stands', (_, key) => {
    expect(redactShapes(`the key ${key}, which`)).toBe(`the key ${REDACTED}, which`)
    expect(redactShapes(JSON.stringify({ error: `x\n${key}` }))).toBe(`{"error":"x\\n${REDACTED}"}`)
    expect(redactShapes(`?q%3D${key}&z`)).toBe(`?q%3D${REDACTED}&z`)
  })

  test.each([
    [`Authorization: Bearer ${letters(20)}`, `Authorization: Bearer ${REDACTED}`],
    ['{"authorization":"bearer abc12345=="}', `{"authorization":"bearer ${REDACTED}"}`],
    ['proxy-authorization: Basic dXNlcjpwYXNzd29yZA==', `proxy-authorization: Basic ${REDACTED}`],
    [`"SecretAccessKey":"${letters(40)}"`, `"SecretAccessKey":"${REDACTED}"`],
    [`aws_session_token = ${letters(80)}`, `aws_session_token = ${REDACTED}`],
    ['GET /v1beta/models?key=abc&alt=sse', `GET /v1beta/models?key=${REDACTED}&alt=sse`],
    ['via http://user:p%40ss@proxy.corp:3128/', `via http://${REDACTED}@proxy.corp:3128/`],
    ['-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY----- end', `${REDACTED} end`],
    ['-----BEGIN PRIVATE KEY-----\\nMIIEvQ cut', REDACTED],
  ])('%j', (text, expected) => {
    expect(redactShapes(text)).toBe(expected)
  })

  test.each([
    'This endpoint needs bearer authentication or basic authentication.',
    'The model task-runner-large is ready; risk-assessment skipped.',
    'https://api.openai.com:443/v1/models?limit=5',
    'request_id req_011CSHoEeqs5C35K2UUqR7Fy',
    'sk-short',
  ])('leaves %j alone', (text) => {
    expect(redactShapes(text)).toBe(text)
  })

  test('changes nothing when applied again', () => {
    const once = redactShapes(`Bearer ${letters(30)} and sk-${letters(30)}`)
    expect(redactShapes(once)).toBe(once)
  })
})
