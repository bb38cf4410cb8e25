import { describe, expect, it } from '@jest/globals'
import type { Hostname } from '../../../src/core/hostname.ts'
import { decideAddress, decideDestination, decideResolvedAddress } from '../../../src/core/policy/decide.ts'
import type { Policy, RuleScheme } from '../../../src/core/policy/policy.ts'
import { createPolicyIndex } from '../../../src/core/policy/policy-index.ts'
import { renderRule } from '../../../src/core/policy/render-rule.ts'
import { createRandom } from '../usage/seeded-random.ts'
import { policyOf } from './policies.ts'

const POLICY = policyOf(
  `example.com
*.example.org
http://plain.example
tcp://git.example:22
alt.example:8443
*.cut.example
!gist.cut.example
!*.deep.cut.example
example.net
!example.net`,
  '10.0.0.5:443, 192.168.7.0/24, [2001:db8:1::/48]:443, 203.0.113.0/24:80, 203.0.113.9:443',
)

/** `scheme://name:port` as the relay would ask. */
function ask(policy: Policy, text: string) {
  const [, scheme, name = '', port] = /^(\w+):\/\/(.+):(\d+)$/.exec(text) ?? []
  return decideDestination(policy, { scheme: scheme as RuleScheme, name: name as Hostname, port: Number(port) })
}

describe('decideDestination()', () => {
  it.each([
    ['https://example.com:443', 'example.com'],
    ['https://a.example.org:443', '*.example.org'],
    ['https://a.b.c.example.org:443', '*.example.org'],
    ['http://plain.example:80', 'http://plain.example'],
    ['tcp://git.example:22', 'tcp://git.example:22'],
    ['https://git.example:22', 'tcp://git.example:22'],
    ['https://alt.example:8443', 'alt.example:8443'],
    ['https://other.cut.example:443', '*.cut.example'],
    ['https://deep.cut.example:443', '*.cut.example'],
    ['https://10.0.0.5:443', '10.0.0.5:443'],
  ])('allows %s by %s', (text, rule) => {
    expect(ask(POLICY, text)).toMatchObject({ verdict: 'allowed', rule })
  })

  it.each([
    ['https://other.example:443', 'not-allowed', undefined],
    ['https://www.example.com:443', 'not-allowed', 'example.com'],
    ['https://a.b.example.com:443', 'not-allowed', 'example.com'],
    ['https://example.org:443', 'not-allowed', '*.example.org'],
    // Names that only look alike.
    ['https://evilexample.org:443', 'not-allowed', undefined],
    ['https://example.org.evil.example:443', 'not-allowed', undefined],
    ['https://example.com.evil.example:443', 'not-allowed', undefined],
    ['https://xexample.com:443', 'not-allowed', undefined],
    ['https://example.co:443', 'not-allowed', undefined],
    ['http://example.com:80', 'port-not-allowed', 'example.com'],
    ['https://example.com:8443', 'port-not-allowed', 'example.com'],
    ['tcp://example.com:443', 'port-not-allowed', 'example.com'],
    ['http://example.com:443', 'port-not-allowed', 'example.com'],
    ['https://plain.example:443', 'port-not-allowed', 'http://plain.example'],
    ['https://plain.example:80', 'port-not-allowed', 'http://plain.example'],
    ['tcp://git.example:2222', 'port-not-allowed', 'tcp://git.example:22'],
    ['tcp://a.example.org:22', 'port-not-allowed', '*.example.org'],
    ['https://gist.cut.example:443', 'denied', '!gist.cut.example'],
    ['tcp://gist.cut.example:22', 'denied', '!gist.cut.example'],
    ['https://a.deep.cut.example:443', 'denied', '!*.deep.cut.example'],
    ['https://a.b.deep.cut.example:443', 'denied', '!*.deep.cut.example'],
    ['https://example.net:443', 'denied', '!example.net'],
    ['https://10.0.0.6:443', 'address-literal', undefined],
    ['https://10.0.0.5:22', 'port-not-allowed', '10.0.0.5:443'],
    ['https://2001:db8:2::1:443', 'address-literal', undefined],
  ])('blocks %s: %s', (text, reason, rule) => {
    expect(ask(POLICY, text)).toEqual({ verdict: 'blocked', reason, ...(rule === undefined ? {} : { rule }) })
  })

  it('decides the same in audit mode: the relay says what it does about it', () => {
    const audit = policyOf('example.com', '', 'audit')
    expect(ask(audit, 'https://other.example:443')).toEqual({ verdict: 'blocked', reason: 'not-allowed' })
  })

  it('with an empty policy blocks everything', () => {
    const empty = policyOf('')
    expect(ask(empty, 'https://example.com:443').verdict).toBe('blocked')
    expect(ask(empty, 'https://1.1.1.1:443')).toEqual({ verdict: 'blocked', reason: 'address-literal' })
  })

  it('agrees with a plain reading of the rules, whatever rules and names', () => {
    const random = createRandom(11)
    const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)] as Item
    const names = ['a.test', 'b.a.test', 'c.b.a.test', 'xa.test', 'b.test', 'a.b.test', 'test.a']
    for (let round = 0; round < 400; round++) {
      const text = Array.from({ length: 5 }, () => pick(['', '', '*.', '!', '!*.']) + pick(names)).join('\n')
      const policy = policyOf(text)
      for (const name of names) {
        const matches = (kind: string, own: string) => (kind === 'host' ? name === own : name.endsWith(`.${own}`))
        const isDenied = policy.denied.some((rule) => matches(rule.kind, rule.name))
        const isAllowed = policy.hosts.some((rule) => matches(rule.kind, rule.name))
        const { verdict } = ask(policy, `https://${name}:443`)
        expect([text, name, verdict]).toEqual([text, name, isAllowed && !isDenied ? 'allowed' : 'blocked'])
      }
    }
  })

  it('says that a server may be private when any rule that matches says so', () => {
    const [rule] = policyOf('ghes.corp.example').hosts
    if (rule === undefined) throw new Error('no rule')
    const policy: Policy = { ...POLICY, hosts: [rule, { ...rule, mayBePrivate: true }] }
    expect(ask(policy, 'https://ghes.corp.example:443')).toMatchObject({ verdict: 'allowed', mayBePrivate: true })
    expect(ask(POLICY, 'https://example.com:443')).toMatchObject({ mayBePrivate: false })
  })
})

describe('createPolicyIndex()', () => {
  it('reads the rules once for a policy, not once for a connection', () => {
    let reads = 0
    const counting: Policy = {
      ...POLICY,
      get hosts() {
        reads++
        return POLICY.hosts
      },
    }
    ask(counting, 'https://example.com:443')
    const first = reads
    for (let round = 0; round < 100; round++) ask(counting, `https://n${round}.example.org:443`)
    expect(first).toBeGreaterThan(0)
    expect(reads).toBe(first)
  })

  it('gives only the rules of the name and of its parents', () => {
    const index = createPolicyIndex(policyOf('a.test\n*.a.test\n*.test.example\nb.test'))
    expect(index.findHosts('a.test' as Hostname).map(renderRule)).toEqual(['a.test'])
    expect(index.findWildcards('x.a.test' as Hostname).map(renderRule)).toEqual(['*.a.test'])
    expect(index.findWildcards('a.test' as Hostname)).toEqual([])
    expect(index.findHosts('constructor' as Hostname)).toEqual([])
  })

  it('throws for an address rule that our parser cannot have made', () => {
    const origin = { kind: 'user', line: 1, text: '' } as const
    expect(() => createPolicyIndex({ ...POLICY, addresses: [{ network: 'x', port: null, origin }] })).toThrow(
      'no network',
    )
  })
})

describe('decideAddress()', () => {
  it.each([
    ['10.0.0.5', 443, '10.0.0.5:443'],
    ['192.168.7.77', 22, '192.168.7.0/24'],
    ['2001:db8:1:2::3', 443, '[2001:db8:1::/48]:443'],
    ['2001:DB8:1::0', 443, '[2001:db8:1::/48]:443'],
    ['203.0.113.7', 80, '203.0.113.0/24:80'],
    ['203.0.113.9', 443, '203.0.113.9:443'],
    ['203.0.113.9', 80, '203.0.113.0/24:80'],
  ])('allows %s port %d by %s', (address, port, rule) => {
    expect(decideAddress(POLICY, address, port)).toEqual({ verdict: 'allowed', rule, mayBePrivate: true })
  })

  it.each([
    ['10.0.0.6', 443, 'address-literal'],
    ['192.168.8.1', 443, 'address-literal'],
    ['8.8.8.8', 443, 'address-literal'],
    ['::ffff:10.0.0.5', 443, 'address-literal'],
    ['2001:db8:2::', 443, 'address-literal'],
    ['not an address', 443, 'address-literal'],
    ['', 443, 'address-literal'],
    ['10.0.0.5', 22, 'port-not-allowed'],
    ['203.0.113.7', 443, 'port-not-allowed'],
  ])('blocks %j port %d: %s', (address, port, reason) => {
    expect(decideAddress(POLICY, address, port)).toMatchObject({ verdict: 'blocked', reason })
  })
})

describe('decideResolvedAddress()', () => {
  const resolve = (address: string, mayBePrivate = false, own: readonly string[] = []) =>
    decideResolvedAddress(POLICY, { address, port: 443, mayBePrivate, own })

  it.each([
    ['8.8.8.8', false],
    ['2606:4700::1111', false],
    ['64:ff9b::8.8.8.8', false],
    // Listed in allowed-ips.
    ['10.0.0.5', false],
    ['192.168.7.1', false],
    // A server of the customer's.
    ['10.20.30.40', true],
    ['fd00::5', true],
    ['100.64.1.1', true],
  ])('follows an allowed name to %s (a server of the customer’s: %s)', (address, mayBePrivate) => {
    expect(resolve(address, mayBePrivate)).toBe('allowed')
  })

  it.each([
    ['10.20.30.40', false],
    ['fd00::5', false],
    ['127.0.0.1', false],
    ['127.0.0.1', true],
    ['::1', true],
    ['169.254.169.254', true],
    ['168.63.129.16', true],
    ['100.100.100.200', true],
    ['::ffff:169.254.169.254', true],
    ['64:ff9b::169.254.169.254', true],
    ['2002:a9fe:a9fe::1', true],
    ['198.18.0.9', true],
    ['0.0.0.0', true],
    ['::', true],
    ['', true],
    ['example.com', true],
  ])('does not follow it to %j (a server of the customer’s: %s)', (address, mayBePrivate) => {
    expect(resolve(address, mayBePrivate)).toBe('internal-address')
  })

  it('does not follow it to an address of this machine, public or listed', () => {
    expect(resolve('203.0.113.9', false, ['203.0.113.9'])).toBe('internal-address')
    expect(resolve('10.0.0.5', true, ['10.0.0.5'])).toBe('internal-address')
  })

  it('follows it to a listed address on its own port only', () => {
    expect(decideResolvedAddress(POLICY, { address: '10.0.0.5', port: 22, mayBePrivate: false })).toBe(
      'internal-address',
    )
  })
})
