import { describe, expect, test } from '@jest/globals'
import { deriveOidcRequest, parseAssertion } from '../../../src/core/credentials/issuers/github-oidc.ts'
import { renderTokenRequest } from '../../../src/core/credentials/render-token-request.ts'
import { Secret } from '../../../src/core/secret.ts'
import { renderUpstream } from '../../../src/core/upstream.ts'
import { JWT } from './sources.ts'

const TOKEN = new Secret('token')

function derive(url: string): string | undefined {
  const request = deriveOidcRequest(new Secret(url), TOKEN, 'api://a b')
  if (request === undefined) return undefined
  const { upstream, path } = renderTokenRequest(request)
  return renderUpstream(upstream) + path
}

describe('deriveOidcRequest appends the audience to', () => {
  test.each([
    ['a URL with a query', 'https://h.example/a?api-version=2.0', 'https://h.example/a?api-version=2.0&'],
    ['a URL without one', 'https://h.example/a', 'https://h.example/a?'],
    ['an empty query', 'https://h.example/a?', 'https://h.example/a?'],
    ['a query that ends in an ampersand', 'https://h.example/a?b=1&', 'https://h.example/a?b=1&'],
    ['a URL with an audience, which goes', 'https://h.example/a?audience=x&b=%20+1', 'https://h.example/a?b=%20+1&'],
    ['an audience without value', 'https://h.example/a?Audience&b', 'https://h.example/a?b&'],
    ['empty path segments, which stay', 'https://h.example/1//t/?v=1', 'https://h.example/1//t/?v=1&'],
    ['a fragment, which is never sent', 'https://h.example/a?b#c', 'https://h.example/a?b&'],
    ['a port', 'https://h.example:8443/a?b', 'https://h.example:8443/a?b&'],
    ['a service on this machine', 'http://127.0.0.1:4000/a?b', 'http://127.0.0.1:4000/a?b&'],
    ['a host alone', 'https://h.example', 'https://h.example/?'],
  ])('%s', (_name, url, expected) => {
    expect(derive(url)).toBe(`${expected}audience=api%3A%2F%2Fa%20b`)
  })
})

describe('deriveOidcRequest refuses', () => {
  test.each([
    '',
    'h.example',
    'http://h.example/',
    'ftp://127.0.0.1/',
    'https://user:pass@h.example/',
    'file:///etc/passwd',
  ])('%j', (url) => {
    expect(derive(url)).toBeUndefined()
  })
})

describe('parseAssertion', () => {
  test('takes a JWT as a Secret', () => {
    expect(parseAssertion(JSON.stringify({ count: 3, value: JWT }))?.reveal()).toBe(JWT)
  })

  test.each([
    ['no JSON', JWT],
    ['another member', JSON.stringify({ token: JWT })],
    ['no text', JSON.stringify({ value: { value: JWT } })],
    ['two parts', JSON.stringify({ value: 'a.b' })],
    ['a line break', JSON.stringify({ value: `${JWT}\r\nx` })],
    ['more than any issuer takes', JSON.stringify({ value: `a.b.${'c'.repeat(16 * 1024)}` })],
    ['a list', `["${JWT}"]`],
    ['null', 'null'],
  ])('refuses %s', (_name, body) => {
    expect(parseAssertion(body)).toBeUndefined()
  })
})
