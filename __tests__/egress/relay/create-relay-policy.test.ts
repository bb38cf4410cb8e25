import { describe, expect, test } from '@jest/globals'
import type { Hostname } from '../../../src/core/hostname.ts'
import type { Policy } from '../../../src/core/policy/policy.ts'
import { createRelayPolicy } from '../../../src/egress/relay/create-relay-policy.ts'

const origin = { kind: 'topology', reason: 'test' } as const
const host = (name: string, port: number) =>
  ({ kind: 'host', name: name as Hostname, scheme: 'https', port, mayBePrivate: false, origin }) as const
const policy: Policy = { mode: 'block', hosts: [host('a.test', 443)], addresses: [], denied: [] }

describe('createRelayPolicy()', () => {
  test('what it remembers of one destination says nothing of another', () => {
    const { decideName } = createRelayPolicy(policy)
    const ask = (name: string, port: number, scheme: 'https' | 'tcp' | 'http') =>
      decideName({ name: name as Hostname, port, scheme }).verdict
    for (let turn = 0; turn < 2; turn += 1) {
      expect(ask('a.test', 443, 'https')).toBe('allowed')
      expect(ask('a.test', 443, 'tcp')).toBe('blocked')
      expect(ask('a.test', 8443, 'https')).toBe('blocked')
      expect(ask('b.test', 443, 'https')).toBe('blocked')
    }
  })

  test('a flood of names does not change what is decided', () => {
    const { decideName } = createRelayPolicy(policy)
    for (let at = 0; at < 3000; at += 1) {
      expect(decideName({ name: `n${at}.test` as Hostname, port: 443, scheme: 'https' }).verdict).toBe('blocked')
    }
    expect(decideName({ name: 'a.test' as Hostname, port: 443, scheme: 'https' }).verdict).toBe('allowed')
  })

  test('an address that has become one of this machine is followed no more', () => {
    const { mayFollow } = createRelayPolicy(policy)
    const follow = (own: readonly string[]) => mayFollow({ address: '45.67.0.10', port: 443, mayBePrivate: false, own })
    const before: readonly string[] = ['127.0.0.1']
    expect(follow(before)).toBe(true)
    expect(follow(before)).toBe(true)
    expect(follow(['127.0.0.1', '45.67.0.10'])).toBe(false)
    expect(follow(before)).toBe(true)
  })
})
