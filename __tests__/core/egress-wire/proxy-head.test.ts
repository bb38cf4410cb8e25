import { describe, expect, test } from '@jest/globals'
import { MAX_PROXY_HEAD, parseProxyHead } from '../../../src/core/egress-wire/proxy-head.ts'

describe('parseProxyHead()', () => {
  const fill = (bytes: number): Buffer => {
    const start = 'CONNECT h.example:443 HTTP/1.1\r\nx: '
    return Buffer.from(`${start}${'y'.repeat(bytes - start.length)}\r\n\r\n`)
  }

  test('takes a head up to its limit and no longer one, wherever its last bytes are cut off', () => {
    const longest = fill(MAX_PROXY_HEAD)
    for (let last = 1; last < 5; last += 1) expect(parseProxyHead(longest.subarray(0, -last))).toEqual({ kind: 'more' })
    expect(parseProxyHead(longest)).toMatchObject({ kind: 'connect', headBytes: longest.length })
    expect(parseProxyHead(fill(MAX_PROXY_HEAD + 1))).toEqual({ kind: 'refused', reason: 'not-http' })
    expect(parseProxyHead(Buffer.from(`CONNECT ${'y'.repeat(2 * MAX_PROXY_HEAD)}`)).kind).toBe('refused')
  })

  test.each(['GET / HTTP/1.1\r\n', 'CONNECTION x', 'connect h.example:443 '])(
    'leaves %j to the HTTP parser',
    (text) => {
      expect(parseProxyHead(Buffer.from(text))).toEqual({ kind: 'request' })
    },
  )
})
