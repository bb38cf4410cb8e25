import { describe, expect, it } from '@jest/globals'
import { checkSecret } from '../../../src/core/credentials/check-secret.ts'
import { deriveSecretKind, type SecretKind } from '../../../src/core/credentials/secret-kind.ts'
import { renderFault } from '../../../src/core/fault.ts'
import type { Hostname } from '../../../src/core/hostname.ts'
import { deriveRunTokens } from '../../../src/core/run-token.ts'

const BODY = 'Q7zR4mXw2LpT9vKd6sNhY3bFgC8jE1aU'
const EXPRESSION = ['$', '{{ secrets.KEY }}'].join('')

const KINDS: readonly SecretKind[] = ['copilot', 'openai', 'anthropic', 'google', 'gateway']

describe('checkSecret() accepts', () => {
  it.each<[SecretKind, string]>([
    ['copilot', `github_pat_${BODY}`],
    ['copilot', `gho_${BODY}`],
    ['copilot', `ghu_${BODY}`],
    ['copilot', `ghs_${BODY}`],
    ['copilot', `ghs_123_eyJhbGciOiJSUzI1NiJ9.${BODY}.${BODY}`],
    ['openai', `sk-${BODY}`],
    ['openai', `sk-proj-${BODY}`],
    ['openai', `sk-svcacct-${BODY}`],
    ['openai', BODY],
    ['anthropic', `sk-ant-api03-${BODY}`],
    ['anthropic', `sk-ant-oat01-${BODY}`],
    ['google', `AIza${BODY}`],
    ['google', `AQ.${BODY}`],
    ['gateway', `sk-ant-api03-${BODY}`],
    ['gateway', `ghp_${BODY}`],
    ['gateway', 'sk-1234'],
    ['gateway', 'A1B2C3=='],
    ['gateway', 'key{with}odd;characters|but,visible~'],
  ])('as %s a plausible secret', (kind, text) => {
    expect(checkSecret('some-input', kind, text)).toBeUndefined()
  })
})

describe.each(KINDS)('checkSecret() for %s refuses by shape', (kind) => {
  it.each([
    ['only a space', ' ', /nothing but white space/],
    ['only a line break', '\n', /nothing but white space/],
    ['a trailing line break', `${BODY}\n`, /a line break at character 33 of 33/],
    ['a carriage return', `${BODY}\r`, /a line break at character 33 of 33/],
    ['an inner line break', `${BODY}\n${BODY}`, /a line break at character 33 of 65/],
    ['a leading space', ` ${BODY}`, /a space at character 1 of 33/],
    ['a trailing tab', `${BODY}\t`, /a tab at character 33 of 33/],
    ['an inner space', `${BODY} ${BODY}`, /a space at character 33 of 65/],
    ['double quotes', `"${BODY}"`, /quotation marks/],
    ['single quotes', `'${BODY}'`, /quotation marks/],
    ['one quote', `${BODY}"`, /quotation marks/],
    ['typographic quotes', `“${BODY}”`, /quotation marks/],
    ['backticks', `\`${BODY}\``, /quotation marks/],
    ['asterisks', '***', /asterisks/],
    ['asterisks inside', `${BODY}***`, /asterisks/],
    ['an expression', EXPRESSION, /expression that was not evaluated/],
    ['a shell variable', '$OPENAI_API_KEY', /name of a variable/],
    ['a braced shell variable', ['$', '{OPENAI_API_KEY}'].join(''), /name of a variable/],
    ['a Windows variable', '%OPENAI_API_KEY%', /name of a variable/],
    ['the inside of an expression', 'secrets.OPENAI_API_KEY', /name of a variable/],
    ['an assignment', `OPENAI_API_KEY=${BODY}`, /assignment/],
    ['an export', `export OPENAI_API_KEY=${BODY}`, /assignment/],
    ['a scheme', `Bearer ${BODY}`, /authorization scheme/],
    ['a lower-case scheme', `token ${BODY}`, /authorization scheme/],
    ['a header', `Authorization: Bearer ${BODY}`, /header name/],
    ['another header', `x-api-key: ${BODY}`, /header name/],
    ['a PEM block', `-----BEGIN PRIVATE KEY-----\n${BODY}\n-----END PRIVATE KEY-----`, /PEM block/],
    ['a JSON document', `{"private_key":"${BODY}"}`, /JSON document/],
    ['NUL', `${BODY}\0`, /control character \(U\+0000\) at character 33/],
    ['a byte order mark', `\ufeff${BODY}`, /byte order mark at character 1/],
    ['a zero-width space', `${BODY}\u200b`, /outside ASCII \(U\+200B\) at character 33/],
    ['a non-breaking space', `${BODY}\u00a0`, /outside ASCII \(U\+00A0\) at character 33/],
    ['an umlaut', `${BODY}ä`, /outside ASCII \(U\+00E4\)/],
    ['an emoji', `${BODY}🔑${BODY}`, /outside ASCII \(U\+1F511\) at character 33 of 65/],
    ['a megabyte', 'a1'.repeat(500_000), /a text of 1000000 characters/],
  ])('%s', (_title, text, words) => {
    const fault = checkSecret('some-input', kind, text)
    expect(fault).toMatchObject({ code: 'secret-malformed', input: 'some-input' })
    expect(fault?.message).toMatch(words)
    expect(fault?.fix).not.toBe('')
    expect(JSON.stringify(fault)).not.toContain(BODY)
  })

  it.each([
    'changeme',
    'CHANGE_ME',
    'your-api-key-here',
    'your_openai_api_key',
    'YOUR-KEY',
    'my-secret',
    'insert-token-here',
    'xxx',
    'xxxxxxxxxxxxxxxx',
    'sk-...',
    'sk-xxxxxxxx',
    'sk-ant-...',
    'sk-ant-api03-xxxxxxxx',
    'sk-abc...',
    'sk-',
    'sk-ant-',
    'ghp_',
    'ghs_xxxxxxxx',
    'github_pat_...',
    'AIza...',
    '<your-key>',
    '<openai-key>',
    'placeholder',
    'None',
    'null',
    'undefined',
    'test',
    `ghu_${'a'.repeat(36)}`,
    'dummy-byok-key-for-offline-mode',
    'sk-placeholder-for-api-proxy',
    'sk-ant-placeholder-key-for-credential-isolation',
    'gemini-api-key-placeholder-for-credential-isolation',
    deriveRunTokens('aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0zA1bC3').other,
  ])('the stand-in %s', (text) => {
    expect(checkSecret('some-input', kind, text)).toMatchObject({ code: 'secret-malformed' })
  })

  it('an empty text as a missing secret, naming on-missing', () => {
    const fault = checkSecret('some-input', kind, '')
    expect(fault).toMatchObject({ code: 'secret-missing', input: 'some-input' })
    expect(fault?.fix).toContain('on-missing: skip')
  })
})

describe('checkSecret() refuses a secret of another kind', () => {
  it.each<[SecretKind, string, RegExp]>([
    ['openai', `sk-ant-api03-${BODY}`, /an Anthropic API key; .*belongs into anthropic-api-key/],
    ['openai', `sk-ant-oat01-${BODY}`, /an Anthropic OAuth token/],
    ['openai', `github_pat_${BODY}`, /a fine-grained GitHub token; .*copilot-github-token/],
    ['openai', `ghp_${BODY}`, /a classic GitHub token/],
    ['openai', `AIza${BODY}`, /a Google API key; .*gemini-api-key or google-api-key/],
    ['openai', `sk-admin-${BODY}`, /an OpenAI admin key/],
    ['openai', `sk-or-v1-${BODY}`, /an OpenRouter key/],
    ['openai', `AKIA${BODY}`, /an AWS access key id/],
    ['anthropic', `sk-proj-${BODY}`, /an OpenAI API key; .*openai-api-key/],
    ['anthropic', `sk-${BODY}`, /an OpenAI API key/],
    ['anthropic', `sk-ant-admin01-${BODY}`, /an Anthropic admin key/],
    ['anthropic', `sk-ant-ort01-${BODY}`, /an Anthropic refresh token/],
    ['anthropic', `AIza${BODY}`, /a Google API key/],
    ['google', `sk-${BODY}`, /an OpenAI API key/],
    ['google', `ya29.${BODY}`, /a Google OAuth access token/],
    ['google', `ghs_${BODY}`, /a GitHub installation token/],
    ['copilot', `ghp_${BODY}`, /classic GitHub token \(ghp_\), which Copilot never accepts.*Copilot Requests/],
    ['copilot', `ghr_${BODY}`, /a GitHub refresh token/],
    ['copilot', `sk-${BODY}`, /an OpenAI API key.*belongs into openai-api-key/],
    ['copilot', `sk-ant-api03-${BODY}`, /an Anthropic API key/],
    ['copilot', BODY, /does not begin like any GitHub token/],
    ['copilot', '0123456789abcdef0123456789abcdef01234567', /does not begin like any GitHub token/],
    ['copilot', `GHS_${BODY}`, /does not begin like any GitHub token/],
  ])('for %s: %s', (kind, text, words) => {
    const fault = checkSecret('some-input', kind, text)
    expect(fault).toMatchObject({ code: 'secret-wrong-kind', input: 'some-input' })
    expect(fault && renderFault(fault)).toMatch(words)
    expect(JSON.stringify(fault)).not.toContain(text.slice(12))
  })
})

describe('deriveSecretKind()', () => {
  it.each([
    ['api.openai.com', 'openai'],
    ['api.anthropic.com', 'anthropic'],
    ['generativelanguage.googleapis.com', 'google'],
    ['europe-west4-aiplatform.googleapis.com', 'google'],
    ['googleapis.com.evil.io', 'gateway'],
    ['evilgoogleapis.com', 'gateway'],
    ['gateway.corp', 'gateway'],
    ['eu.api.openai.com', 'gateway'],
    ['constructor', 'gateway'],
  ])('reads %s as %s', (hostname, kind) => {
    expect(deriveSecretKind(hostname as Hostname)).toBe(kind)
  })
})
