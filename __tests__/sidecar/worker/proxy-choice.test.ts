import { describe, expect, test } from '@jest/globals'
import { parseUpstream, type Upstream } from '../../../src/core/upstream.ts'
import { createProxyChoice } from '../../../src/sidecar/worker/proxy-choice.ts'

const HTTPS = 'http://me:secret@proxy.corp:3128'
const HTTP = 'https://[::1]:8443'
const to = (url: string): Upstream => parseUpstream(url, { allowPlainHttp: true }) as Upstream

describe('createProxyChoice()', () => {
  test.each([
    ['https://api.openai.com', new URL(HTTPS).href],
    ['http://gateway.corp', new URL(HTTP).href],
    ['https://localhost', undefined],
    ['http://127.0.0.1:11434', undefined],
    ['http://[::1]:11434', undefined],
  ])('%s goes through %s', (url, expected) => {
    const choose = createProxyChoice({ https: HTTPS, http: HTTP, noProxy: '' })
    expect(choose(to(url))?.href).toBe(expected)
  })

  test.each([undefined, ''])('a proxy that is %j is none', (https) => {
    expect(createProxyChoice({ https, noProxy: '' })(to('https://api.openai.com'))).toBeUndefined()
  })

  test.each([
    ['api.openai.com', 'https://api.openai.com', true],
    ['API.OpenAI.com', 'https://api.openai.com', true],
    ['openai.com', 'https://api.openai.com', true],
    ['.openai.com', 'https://api.openai.com', true],
    ['*.openai.com', 'https://api.openai.com', true],
    ['*', 'https://api.openai.com', true],
    ['other.example,openai.com', 'https://api.openai.com', true],
    ['other.example openai.com', 'https://api.openai.com', true],
    [' , openai.com , ', 'https://api.openai.com', true],
    ['openai.com:443', 'https://api.openai.com', true],
    ['openai.com:8443', 'https://api.openai.com', false],
    ['openai.com:8443', 'https://api.openai.com:8443', true],
    ['penai.com', 'https://api.openai.com', false],
    ['api.openai.com.evil.example', 'https://api.openai.com', false],
    ['x.api.openai.com', 'https://api.openai.com', false],
    ['', 'https://api.openai.com', false],
    [',', 'https://api.openai.com', false],
    ['10.1.2.3', 'https://10.1.2.3', true],
    ['10.0.0.0/8', 'https://10.1.2.3', true],
    ['10.0.0.0/8', 'https://11.1.2.3', false],
    ['10.0.0.0/8', 'https://ten.example', false],
    ['10.0.0.0/99', 'https://10.1.2.3', false],
    ['10.0.0.0/x', 'https://10.1.2.3', false],
    // Number('') is 0, and /0 would hold every address.
    ['10.0.0.0/', 'https://8.8.8.8', false],
    ['fd00::/', 'https://[fe80::1]', false],
    ['10.0.0.0/0x8', 'https://10.1.2.3', false],
    ['10.0.0.0/8.0', 'https://10.1.2.3', false],
    ['0.0.0.0/0', 'https://8.8.8.8', true],
    ['fd00::/8', 'https://[fd12::1]', true],
    ['fd00::/8', 'https://[fe80::1]', false],
    ['[fd12::1]', 'https://[fd12::1]', true],
    ['fd12::1', 'https://[fd12::1]', true],
    ['10.1.2.3:443', 'https://10.1.2.3', true],
  ])('NO_PROXY %j keeps %s away from the proxy: %s', (noProxy, url, isDirect) => {
    const choose = createProxyChoice({ https: HTTPS, http: HTTP, noProxy })
    expect(choose(to(url)) === undefined).toBe(isDirect)
  })
})
