import { describe, expect, it } from '@jest/globals'
import type { EgressEvent } from '../../../src/core/egress-event.ts'
import { parseAllowList } from '../../../src/core/policy/parse-allow-list.ts'
import { parseAllowedIps } from '../../../src/core/policy/parse-allowed-ips.ts'
import type { BlockReason } from '../../../src/core/policy/policy.ts'
import { BLOCK_REASON_NAMES, BLOCK_REASONS, renderBlockReason } from '../../../src/core/policy/reasons.ts'
import { deriveSuggestions } from '../../../src/core/policy/suggestions.ts'

function blocked(host: string | null, extra: Partial<EgressEvent> = {}): EgressEvent {
  return {
    kind: 'egress',
    time: '2026-11-25T12:00:00.000Z',
    verdict: 'blocked',
    protocol: 'tls',
    host,
    port: 443,
    address: null,
    reason: 'not-allowed',
    uid: 1001,
    pid: 1,
    program: '/usr/bin/curl',
    bytesOut: 0,
    bytesIn: 0,
    ms: 1,
    ...extra,
  }
}

describe('deriveSuggestions()', () => {
  it('gives the lines by frequency, each once', () => {
    const events = [
      blocked('b.example'),
      blocked('a.example', { count: 3 }),
      blocked('a.example'),
      blocked('a.example', { protocol: 'http', port: 80 }),
      blocked('git.example', { protocol: 'tcp', port: 22, verdict: 'would-block' }),
      blocked('alt.example', { port: 8443, reason: 'port-not-allowed', rule: 'alt.example' }),
    ]
    const found = deriveSuggestions(events)
    expect(found.map(({ line, count }) => [line, count])).toEqual([
      ['a.example', 4],
      ['alt.example:8443', 1],
      ['b.example', 1],
      ['http://a.example', 1],
      ['tcp://git.example:22', 1],
    ])
    expect(found[1]?.warnings).toEqual(['a rule names alt.example with another port or protocol'])
  })

  it('gives addresses to allowed-ips', () => {
    const found = deriveSuggestions([
      blocked(null, { address: '203.0.113.9', reason: 'address-literal', protocol: 'tcp', port: 22 }),
      blocked('2001:db8::1', { reason: 'address-literal' }),
      blocked(null, { address: '10.0.0.1', reason: 'address-literal' }),
    ])
    expect(found.map(({ input, line }) => [input, line])).toEqual([
      ['allowed-ips', '10.0.0.1:443'],
      ['allowed-ips', '203.0.113.9:22'],
      ['allowed-ips', '[2001:db8::1]:443'],
    ])
    expect(found[0]?.warnings).toHaveLength(1)
  })

  it.each([
    ['a name that a rule denies', blocked('a.example', { reason: 'denied' })],
    ['a name that leads inside', blocked('a.example', { reason: 'internal-address' })],
    ['a name that does not exist', blocked('a.example', { verdict: 'failed', reason: 'unresolvable' })],
    ['what was allowed', blocked('a.example', { verdict: 'allowed' })],
    ['UDP', blocked('a.example', { protocol: 'udp', reason: 'protocol-not-allowed' })],
    ['no name and no address', blocked(null)],
    ['no port', blocked('a.example', { port: null })],
    ['a port out of range', blocked('a.example', { port: 70_000 })],
    ['the name of a bundle', blocked('huggingface')],
    ['a registry', blocked('co.uk')],
    ['a name of this machine', blocked('x.localhost')],
    ['a metadata service', blocked('169.254.169.254', { reason: 'address-literal' })],
    ['a text that is no name', blocked('a.example\n*')],
    ['a workflow command', blocked('::add-mask::x')],
    ['markup', blocked('<b>a.example</b>')],
  ])('suggests nothing for %s', (_title, event) => {
    expect(deriveSuggestions([event])).toEqual([])
  })

  it.each([
    ['webhook.site', 'collect what is sent'],
    ['pastebin.com', 'anyone can publish'],
    ['evil.blob.core.windows.net', 'below blob.core.windows.net'],
    ['attacker.github.io', 'below github.io'],
    ['x.other.ghe.com', 'below ghe.com'],
    ['c2VjcmV0LWRhdGEtZW5jb2RlZC1oZXJl0.evil.example', 'looks like data'],
    ['6d79207365637265742068.evil.example', 'looks like data'],
    ['xn--exmple-4nf.com', 'not ASCII'],
  ])('warns of %s: %s', (host, text) => {
    expect(deriveSuggestions([blocked(host)])[0]?.warnings.join('; ')).toContain(text)
  })

  it('says that a rule is exact where a sub-name was wanted', () => {
    const [found] = deriveSuggestions([blocked('www.example.com', { rule: 'example.com' })])
    expect(found?.warnings).toEqual(['a rule names example.com exactly; *.example.com would cover its sub-names'])
  })

  it('gives lines that the parsers read, also where scheme and port would contradict each other', () => {
    const found = deriveSuggestions([
      blocked('a.example', { protocol: 'tls', port: 80, reason: 'port-not-allowed' }),
      blocked('a.example', { protocol: 'http', port: 443, reason: 'port-not-allowed' }),
      blocked('webhook.site'),
      blocked('203.0.113.9', { reason: 'address-literal' }),
    ])
    const linesOf = (input: string): string =>
      found.flatMap((suggestion) => (suggestion.input === input ? [suggestion.line] : [])).join('\n')
    expect(parseAllowList(linesOf('allowed-domains'), { input: 'x' })).toMatchObject({
      faults: [],
      hosts: { length: 3 },
    })
    expect(parseAllowedIps(linesOf('allowed-ips'), { input: 'x' })).toMatchObject({
      faults: [],
      addresses: { length: 1 },
    })
  })
})

describe('BLOCK_REASONS', () => {
  it.each(BLOCK_REASON_NAMES)('%s has a sentence and a way out', (name) => {
    const { sentence, fix } = BLOCK_REASONS[name]
    expect(sentence).toMatch(/^[A-Z].{20,}\.$/)
    expect(fix).toMatch(/^[A-Z].{20,}\.$/)
    expect(renderBlockReason(name)).toBe(sentence)
  })
})

describe('renderBlockReason()', () => {
  it.each<[BlockReason, string, string]>([
    ['not-allowed', 'example.com', 'a rule names example.com exactly; *.example.com would cover its sub-names'],
    [
      'not-allowed',
      'tcp://git.example:22',
      'a rule names git.example exactly; *.git.example would cover its sub-names',
    ],
    ['not-allowed', '*.example.com', 'the rule *.example.com is about names below it; the name itself needs a rule'],
    ['denied', '!example.com', 'the rule: !example.com'],
    ['port-not-allowed', 'example.com:8443', 'the rule: example.com:8443'],
  ])('%s with the rule %s says: %s', (reason, rule, text) => {
    expect(renderBlockReason(reason, rule)).toContain(`(${text}`)
  })
})
