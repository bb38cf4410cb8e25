import { describe, expect, test } from '@jest/globals'
import { isLocalHost } from '../../../src/sidecar/worker/is-local-host.ts'

describe('isLocalHost()', () => {
  test.each<[string | undefined, string, boolean]>([
    ['127.0.0.1:1', '127.0.0.1', true],
    ['localhost', '127.0.0.1', true],
    ['[::1]:1', '::1', true],
    ['192.0.2.5:1', '192.0.2.5', true],
    ['192.0.2.6:1', '192.0.2.5', false],
    ['evil.example', '127.0.0.1', false],
    ['localhost.evil.example', '127.0.0.1', false],
    ['', '127.0.0.1', false],
    [undefined, '127.0.0.1', false],
  ])('%p at %s: %p', (host, localAddress, expected) => {
    expect(isLocalHost(host, { localAddress })).toBe(expected)
  })
})
