import { describe, expect, test } from '@jest/globals'
import type { EgressEvent } from '../../../src/core/egress-event.ts'
import { BLOCK_REASONS } from '../../../src/core/policy/reasons.ts'
import { deriveBlockedOutputs, deriveFirewallAnnotations } from '../../../src/core/summary/firewall-outputs.ts'
import { type FirewallSummaryFacts, renderFirewall } from '../../../src/core/summary/render-firewall.ts'
import { type Difference, egressReportOf } from '../report/egress-event.ts'

const [NOT_ALLOWED, OTHER_PORT] = [BLOCK_REASONS['not-allowed'].sentence, BLOCK_REASONS['port-not-allowed'].sentence]

function render(events: readonly Difference[], extra: Partial<FirewallSummaryFacts> = {}): string {
  return renderFirewall({
    level: 'enforced',
    mode: 'block',
    limits: [],
    report: egressReportOf(...events),
    suggestions: [],
    hasNativeFirewall: false,
    ...extra,
  })
}

const firstLine = (text: string): string | undefined => text.split('\n')[2]

describe('renderFirewall()', () => {
  test.each<{ what: string; extra: Partial<FirewallSummaryFacts>; line: RegExp }>([
    { what: 'enforced with nothing open', extra: {}, line: /^✅ \*\*enforced, block\*\*\.$/ },
    {
      what: 'docker kept',
      extra: { limits: ['docker is kept.'] },
      line: /^⚠️ \*\*enforced, block\*\*\. \*\*Not protected:\*\* docker is kept\.$/,
    },
    { what: 'audit', extra: { mode: 'audit' }, line: /^⚠️ \*\*enforced, audit\*\*.*nothing is blocked/ },
    {
      what: 'wrapped',
      extra: { level: 'wrapped' },
      line: /^⚠️ \*\*wrapped, block\*\*.*Only what runs under agent-exec/,
    },
    {
      what: 'cooperative',
      extra: { level: 'cooperative' },
      line: /^⚠️ \*\*cooperative, block\*\*.*obey the proxy variables/,
    },
  ])('the first line says what is not protected: $what', ({ extra, line }) => {
    expect(firstLine(render([], extra))).toMatch(line)
  })

  test('blocked comes first, then failed, then what one could allow; allowed is folded', () => {
    const text = render(
      [
        {},
        {},
        { verdict: 'allowed', host: 'github.com', rule: 'github.com', reason: undefined },
        { verdict: 'failed', host: 'gone.example', failure: 'ENOTFOUND', reason: undefined },
      ],
      {
        suggestions: [
          { input: 'allowed-domains', line: 'evil.example', count: 2, warnings: ['anyone can publish there'] },
        ],
      },
    )
    expect(text).toContain('2 blocked, 1 failed, 1 allowed.')
    expect(text).toContain(
      `| <code>evil.example</code> | 443 | tls | 2 | <code>/usr/bin/curl</code> | ${NOT_ALLOWED} |`,
    )
    expect(text).toContain('| <code>ENOTFOUND</code> |')
    expect(text).toContain('```yaml\nallowed-domains: |\n  evil.example # anyone can publish there\n```')
    const order = ['#### Blocked', '#### Allowed, but failed', 'the very attempt', '<details><summary>Allowed']
    expect(order.map((part) => text.indexOf(part))).toEqual(
      order.map((part) => text.indexOf(part)).sort((a, b) => a - b),
    )
    expect(order.every((part) => text.includes(part))).toBe(true)
  })

  test('connections that were open before are folded and are not in the figures', () => {
    const cut = { protocol: 'tcp', reason: 'protocol-not-allowed', host: null, address: '192.0.2.1', count: 9 } as const
    const text = render([cut])
    expect(text).toContain('0 blocked, 0 failed, 0 allowed.')
    expect(text).not.toContain('#### Blocked')
    expect(text).toMatch(
      /<details><summary>Packets of connections[\s\S]*\| <code>192\.0\.2\.1<\/code> \| 443 \| tcp \| 9 \|/,
    )
  })

  test('who sent is the program, else the user; where to is the name, else the address', () => {
    const text = render([{ host: null, address: '192.0.2.1', program: null, uid: 0, port: null, protocol: 'icmp' }])
    expect(text).toContain('| <code>192.0.2.1</code> | – | icmp | 1 | uid 0 |')
  })

  test('a log that could not be read is said, not taken for silence', () => {
    expect(render([], { report: null })).toContain('what it blocked is not known')
  })

  test('GitHub’s own firewall is named where there is one', () => {
    expect(render([], { hasNativeFirewall: true })).toContain('allowed by both')
    expect(render([])).not.toContain('allowed by both')
  })

  test('nothing that an attacker chose becomes markup, a link or a row', () => {
    const bad = '|x`</code><img src=x>[a](http://evil)\n@team ```\u202e\u0000'
    const text = render(
      [
        { host: bad, program: bad, rule: bad, failure: bad },
        { host: null, address: bad },
        { verdict: 'allowed', host: bad },
      ],
      {
        limits: [bad],
        suggestions: [
          { input: 'allowed-domains', line: `x\n${bad}`, count: 1, warnings: [] },
          { input: 'allowed-domains', line: 'ok.example', count: 1, warnings: [bad] },
        ],
      },
    )
    expect(text).not.toMatch(/<img|\]\(http|@team|\p{Cf}|`<|\|x/u)
    expect(text.split('\n').filter((line) => line.startsWith('| <code>'))).toHaveLength(3)
    expect(text).not.toContain('\0')
    // The only code block is ours: it opens and closes once.
    expect(text.split('```')).toHaveLength(3)
  })

  test('stays within 200 rows and 256 KiB, whatever was sent, and says what is left out', () => {
    const host = (index: number): string => `${index}${'"'.repeat(290)}`
    const many = (verdict: EgressEvent['verdict']) =>
      Array.from({ length: 1500 }, (_, index) => ({
        verdict,
        host: host(index),
        program: '"'.repeat(300),
        rule: '"'.repeat(300),
      }))
    const text = render([...many('blocked'), ...many('failed'), ...many('allowed')], {
      limits: Array.from({ length: 500 }, () => '"'.repeat(300)),
      suggestions: Array.from({ length: 500 }, (_, index) => ({
        input: 'allowed-domains' as const,
        line: `h${index}.example`,
        count: 1,
        warnings: ['é'.repeat(400)],
      })),
    })
    expect(Buffer.byteLength(text)).toBeLessThan(256 * 1024)
    expect(text.split('\n').filter((line) => line.startsWith('| <code>')).length).toBeLessThan(200)
    expect(text).toMatch(/… and 1,4\d\d more in the log\./)
  })
})

describe('deriveFirewallAnnotations()', () => {
  test('one for each host, with reasons, times, ports and programs', () => {
    const report = egressReportOf(
      {},
      { port: 8443, reason: 'port-not-allowed' },
      { host: 'other.example', verdict: 'would-block' },
    )
    expect(deriveFirewallAnnotations(report)).toEqual([
      {
        title: 'evil.example was blocked',
        message: `${NOT_ALLOWED} ${OTHER_PORT} 2 times, port 443, 8443. By /usr/bin/curl.`,
      },
      { title: 'other.example would be blocked', message: `${NOT_ALLOWED} Once, port 443. By /usr/bin/curl.` },
    ])
  })

  test('at most ten, of which the last says how many more there are', () => {
    const hosts = (length: number, verdict: 'blocked' | 'would-block' = 'blocked') =>
      egressReportOf(...Array.from({ length }, (_, index) => ({ host: `h${index}.example`, verdict })))
    expect(deriveFirewallAnnotations(hosts(10))).toHaveLength(10)
    const cut = deriveFirewallAnnotations(hosts(30))
    expect(cut).toHaveLength(10)
    expect(cut.at(-1)?.title).toBe('21 more hosts were blocked')
    expect(deriveFirewallAnnotations(hosts(30, 'would-block')).at(-1)?.title).toBe('21 more hosts would be blocked')
  })

  test('no text of an attacker becomes a workflow command', () => {
    const bad = '\n::set-env name=X::y\n##[add-mask]z'
    const [annotation] = deriveFirewallAnnotations(egressReportOf({ host: bad, program: bad }))
    expect(`${annotation?.title}\n${annotation?.message}`).not.toMatch(/^\s*::|##\[/m)
    expect(annotation?.title).not.toContain('\n')
  })
})

describe('deriveBlockedOutputs()', () => {
  test('counts attempts and lists hosts, the most frequent first', () => {
    const report = egressReportOf(
      { host: 'b.example' },
      { host: 'a.example' },
      { host: 'a.example', count: 3 },
      { verdict: 'failed' },
    )
    expect(deriveBlockedOutputs(report)).toEqual({ 'blocked-count': '5', 'blocked-hosts': 'a.example,b.example' })
  })

  test('with the runner’s uid, what services of the machine sent does not count; a container’s packets do', () => {
    const report = egressReportOf({}, { uid: 997, host: 'ntp.example' }, { uid: null, host: 'from-container.example' })
    expect(deriveBlockedOutputs(report, 1001)).toEqual({
      'blocked-count': '2',
      'blocked-hosts': 'evil.example,from-container.example',
    })
  })

  test('a name cannot add a host or an output', () => {
    const report = egressReportOf({ host: 'x,github.com\nblocked-count=0' })
    expect(deriveBlockedOutputs(report)['blocked-hosts']).toBe('x_github.com_blocked-count_0')
  })

  test('at most 100 hosts', () => {
    const report = egressReportOf(...Array.from({ length: 500 }, (_, index) => ({ host: `h${index}.example` })))
    expect(deriveBlockedOutputs(report)['blocked-hosts'].split(',')).toHaveLength(100)
    expect(deriveBlockedOutputs(report)['blocked-count']).toBe('500')
  })
})
