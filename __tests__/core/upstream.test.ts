import { describe, expect, test } from '@jest/globals'
import {
  httpsUpstream,
  parseUpstream,
  renderAuthority,
  renderOrigin,
  renderUpstream,
  type Upstream,
} from '../../src/core/upstream.ts'

const parsed = (text: string): Upstream => {
  const upstream = parseUpstream(text, { allowPlainHttp: true })
  if (typeof upstream === 'string') throw new Error(`${text}: ${upstream}`)
  return upstream
}

describe('parseUpstream()', () => {
  test.each([
    ['https://api.openai.com', 'https', 'api.openai.com', 443, ''],
    ['https://api.openai.com/', 'https', 'api.openai.com', 443, ''],
    ['https://API.openai.com:443/v1/', 'https', 'api.openai.com', 443, '/v1'],
    ['HTTPS://gateway.example:8443/a/b', 'https', 'gateway.example', 8443, '/a/b'],
    ['http://127.0.0.1:11434/v1', 'http', '127.0.0.1', 11434, '/v1'],
    ['http://localhost', 'http', 'localhost', 80, ''],
    ['http://[::1]:8080/x', 'http', '::1', 8080, '/x'],
    ['https://host.example/a%20b', 'https', 'host.example', 443, '/a%20b'],
  ])('reads %s', (text, scheme, hostname, port, basePath) => {
    expect(parseUpstream(text)).toEqual({ scheme, hostname, port, basePath })
  })

  test.each([
    ['', 'not-a-url'],
    ['api.openai.com', 'not-a-url'],
    ['//api.openai.com', 'not-a-url'],
    ['https:api.openai.com', 'not-a-url'],
    ['https://', 'not-a-url'],
    [' https://api.openai.com', 'not-a-url'],
    ['https://api.openai.com\n', 'not-a-url'],
    ['https://api.open ai.com', 'not-a-url'],
    ['https://api.openai.com\\v1', 'not-a-url'],
    ['https://bücher.example', 'not-a-url'],
    ['https://host.example:99999', 'not-a-url'],
    ['https://host.example:port', 'not-a-url'],
    ['ftp://host.example', 'scheme'],
    ['javascript://host/%0aalert(1)', 'scheme'],
    ['file:///etc/passwd', 'scheme'],
    ['https://user@host.example', 'user-info'],
    ['https://user:secret@host.example', 'user-info'],
    ['https://@host.example', 'user-info'],
    ['https://host.example/v1?key=x', 'query'],
    ['https://host.example?', 'query'],
    ['https://host.example/v1#x', 'fragment'],
    ['https://host.example:0', 'hostname'],
    ['https://0x7f.1', 'hostname'],
    ['https://2130706433', 'hostname'],
    ['https://host%2eexample', 'hostname'],
    ['https://-host.example', 'hostname'],
    ['http://api.openai.com', 'plain-http'],
    ['http://127.0.0.1.evil.example', 'plain-http'],
    ['https://host.example/a/../b', 'path'],
    ['https://host.example/a/%2E%2e/b', 'path'],
    ['https://host.example/./a', 'path'],
    ['https://host.example//a', 'path'],
  ])('refuses %j as %s', (text, fault) => {
    expect(parseUpstream(text)).toBe(fault)
  })

  test('takes plain HTTP beyond loopback only when it is allowed', () => {
    expect(parseUpstream('http://gateway.corp', { allowPlainHttp: true })).toMatchObject({ scheme: 'http', port: 80 })
  })
})

describe('renderUpstream(), renderOrigin(), renderAuthority()', () => {
  test.each([
    ['https://api.openai.com:443/v1', 'https://api.openai.com', 'api.openai.com', '/v1'],
    ['https://host.example:8443', 'https://host.example:8443', 'host.example:8443', ''],
    ['http://[::1]:80/x', 'http://[::1]', '[::1]', '/x'],
    ['http://[::1]:443', 'http://[::1]:443', '[::1]:443', ''],
  ])('write %s back with its default port left out', (text, origin, authority, path) => {
    const upstream = parsed(text)
    expect([renderOrigin(upstream), renderAuthority(upstream), renderUpstream(upstream)]).toEqual([
      origin,
      authority,
      origin + path,
    ])
    expect(parseUpstream(renderUpstream(upstream), { allowPlainHttp: true })).toEqual(upstream)
  })

  test('httpsUpstream() is what the same URL would be parsed to', () => {
    const upstream = parsed('https://api.openai.com/v1')
    expect(httpsUpstream(upstream.hostname, '/v1')).toEqual(upstream)
  })
})
