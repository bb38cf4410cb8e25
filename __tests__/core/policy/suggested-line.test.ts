import { describe, expect, it } from '@jest/globals'
import { explainBlock } from '../../../src/core/egress-wire/explain-block.ts'
import { type Hostname, parseHostname } from '../../../src/core/hostname.ts'
import { BUNDLE_NAMES } from '../../../src/core/policy/bundles/table.ts'
import type { BlockReason, RuleScheme } from '../../../src/core/policy/policy.ts'
import { BLOCK_REASON_NAMES, BLOCK_REASONS } from '../../../src/core/policy/reasons.ts'
import { deriveSuggestedLine } from '../../../src/core/policy/suggested-line.ts'

type Blocked = readonly [host: string, port: number, scheme: RuleScheme, reason: BlockReason]

const nameOf = (host: string): Hostname => {
  const name = parseHostname(host)
  if (name === undefined) throw new Error(`${host} is no name`)
  return name
}

const suggest = ([host, port, scheme, reason]: Blocked): object | undefined =>
  deriveSuggestedLine(reason, { name: nameOf(host), port, scheme })

const explain = ([host, port, scheme, reason]: Blocked): string =>
  explainBlock({ host: nameOf(host), port, scheme, reason })

/** No parser takes these, or not as the one destination that was blocked. */
const UNNAMEABLE: readonly Blocked[] = [
  ...BUNDLE_NAMES.map((name): Blocked => [name, 443, 'https', 'not-allowed']),
  ['huggingface', 8443, 'https', 'not-allowed'],
  ['huggingface', 80, 'http', 'not-allowed'],
  ['intranet', 443, 'https', 'not-allowed'],
  ['intranet', 22, 'tcp', 'not-allowed'],
  ['co.uk', 443, 'https', 'not-allowed'],
  ['x.localhost', 443, 'https', 'not-allowed'],
  ['localhost.localdomain', 443, 'https', 'not-allowed'],
  ['x.example', 0, 'https', 'not-allowed'],
  ['x.example', 70_000, 'https', 'not-allowed'],
  ['169.254.169.254', 443, 'https', 'address-literal'],
  ['fd00:ec2::254', 80, 'http', 'address-literal'],
  ['127.0.0.2', 443, 'https', 'port-not-allowed'],
]

/** Each with the line, and the input that takes it. */
const NAMEABLE: readonly (readonly [...Blocked, line: string, input: string])[] = [
  ['x.example', 443, 'https', 'not-allowed', 'x.example', 'allowed-domains'],
  ['x.example', 8443, 'https', 'port-not-allowed', 'x.example:8443', 'allowed-domains'],
  ['x.example', 443, 'http', 'port-not-allowed', 'tcp://x.example:443', 'allowed-domains'],
  ['x.example', 80, 'https', 'port-not-allowed', 'tcp://x.example:80', 'allowed-domains'],
  ['x.co.uk', 80, 'http', 'not-allowed', 'http://x.co.uk', 'allowed-domains'],
  ['10.0.0.5', 8443, 'https', 'port-not-allowed', '10.0.0.5:8443', 'allowed-ips'],
  ['203.0.113.9', 80, 'http', 'address-literal', '203.0.113.9:80', 'allowed-ips'],
  ['2001:db8::1', 443, 'https', 'address-literal', '[2001:db8::1]:443', 'allowed-ips'],
]

describe('deriveSuggestedLine()', () => {
  it.each(UNNAMEABLE)('gives no line for %s:%d over %s (%s)', (...blocked) => {
    expect(suggest(blocked)).toBeUndefined()
  })

  it.each(NAMEABLE)('for %s:%d over %s (%s) gives %s to %s', (host, port, scheme, reason, line, input) => {
    expect(suggest([host, port, scheme, reason])).toEqual({ input, line })
  })

  it('gives no line for a reason that no rule answers', () => {
    const answered = BLOCK_REASON_NAMES.filter((reason) => suggest(['x.example', 443, 'https', reason]) !== undefined)
    expect(answered).toEqual(['not-allowed', 'port-not-allowed', 'address-literal'])
  })
})

describe('explainBlock()', () => {
  it.each(UNNAMEABLE)('offers no line for %s:%d over %s (%s), and says what helps', (...blocked) => {
    const text = explain(blocked)
    expect(text).not.toContain('add this line')
    expect(text).toContain(`\n${BLOCK_REASONS[blocked[3]].fix}\n`)
  })

  it.each(NAMEABLE)('for %s:%d over %s (%s) offers %s for %s', (host, port, scheme, reason, line, input) => {
    expect(explain([host, port, scheme, reason])).toContain(`add this line to the input ${input}: ${line}\n`)
  })
})
