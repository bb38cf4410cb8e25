import { describe, expect, it } from '@jest/globals'
import { type AllowList, parseAllowList } from '../../../src/core/policy/parse-allow-list.ts'
import { parseRule } from '../../../src/core/policy/parse-rule.ts'
import type { HostRule } from '../../../src/core/policy/policy.ts'
import { renderDenyRule, renderRule } from '../../../src/core/policy/render-rule.ts'
import { RULE_PROBLEMS, type RuleProblemCode } from '../../../src/core/policy/rule-problems.ts'
import { createRandom } from '../usage/seeded-random.ts'

const CONTEXT = { input: 'allowed-domains' }
const parse = (text: string): AllowList => parseAllowList(text, CONTEXT)
const rulesOf = (list: AllowList): string[] => list.hosts.map(renderRule)

/** Stands where a secret could stand; no message may repeat it. */
const MARK = 'Zx9Qk3Vw7Lm2'
const EXPRESSION = ['$', '{{ vars.HOSTS }}'].join('')

const REFUSED: Partial<Record<RuleProblemCode, readonly string[]>> = {
  'everything-open': ['*', '*.', '*.*', '**', '.*', '*..', 'https://*', 'http://*', '*:443', 'tcp://*:22'],
  'deny-everything': ['!*'],
  'star-inside': [
    'a*.example.com',
    '*a.example.com',
    'www.*.com',
    'www.*',
    'example.*',
    '*.*.example.com',
    '**.example.com',
  ],
  'registry-suffix': [
    '*.com',
    '*.co.uk',
    '*.de',
    '*.xn--p1ai',
    '*.anything.ck',
    '*.internal',
    '*.local',
    'co.uk',
    'http://*.com',
  ],
  'shared-suffix': [
    ...['*.github.io', '*.githubusercontent.com', '*.blob.core.windows.net', '*.s3.amazonaws.com', '*.pages.dev'],
    ...[
      '*.cloudfront.net',
      '*.herokuapp.com',
      '*.vercel.app',
      '*.workers.dev',
      '*.web.app',
      '*.GITHUB.io.',
      'http://*.github.io',
    ],
  ],
  'customer-zone': ['*.ghe.com', '*.GHE.COM', '*.azurecr.io', '*.cloudapp.azure.com', '*.sharepoint.com'],
  'suffix-below': ['*.windows.net', '*.core.windows.net', '*.amazonaws.com', '*.azure.com', '*.fastly.net'],
  path: ['example.com/', 'example.com/path', 'https://example.com/a/b', '*.example.com/x', '/etc/passwd', 'https:///x'],
  query: ['example.com?x=1', 'https://example.com/?token=x'],
  fragment: ['example.com#x'],
  'user-info': ['user@example.com', 'https://user:pass@example.com', 'tcp://git@example.com:22'],
  scheme: [
    'ftp://example.com',
    'ws://example.com',
    'ssh://example.com:22',
    'udp://example.com:53',
    'file:///x',
    '://example.com',
    'constructor://example.com',
    '__proto__://example.com',
  ],
  'port-star': ['example.com:*', 'tcp://example.com:*', '*.example.com:*'],
  port: [
    'example.com:',
    'example.com:0',
    'example.com:65536',
    'example.com:080',
    'example.com:-1',
    'example.com:443:80',
  ],
  'port-missing': ['tcp://example.com', 'tcp://*.example.com'],
  'port-of-wildcard': ['*.example.com:8443', 'http://*.example.com:8080', '*.example.com:22'],
  'wildcard-tcp': ['tcp://*.example.com:443'],
  'port-scheme': ['https://example.com:80', 'http://example.com:443', 'https://*.example.com:80'],
  'deny-extra': ['!https://example.com', '!example.com:443', '!example.com/x', '!tcp://example.com:22'],
  address: [
    ...[
      '10.0.0.5',
      '10.0.0.5:443',
      '10.0.0.0/8',
      'https://10.0.0.5',
      '[2001:db8::1]',
      '[2001:db8::1]:443',
      '2001:db8::1',
    ],
    ...['::1', '127.0.0.1', '::ffff:1.2.3.4', 'tcp://192.0.2.1:22', '!10.0.0.5', '256.1.1.1'],
  ],
  'numeric-name': ['1.2.3', '0x7f.1', 'example.123', '2130706433.0x1', '*.1.2', 'https://0x7f.1', '1.2.3.4.5'],
  loopback: [
    'localhost',
    'LOCALHOST',
    'a.localhost',
    '*.localhost',
    'localhost:3000',
    'http://localhost:80',
    'localhost.localdomain',
  ],
  'bundle-extra': ['node:443', 'https://node', 'intranet:8080', '!node', 'a_b'],
  'unknown-bundle': ['noode', 'pyhton', 'all', 'default', 'none', 'intranet'],
  secret: [
    'sk-proj-abcDEF0123456789',
    `ghp_${MARK}`,
    `https://ghs_${MARK}.x`,
    'AKIAIOSFODNN7EXAMPLE',
    `!github_pat_${MARK}`,
  ],
  expression: [EXPRESSION, 'example.com}}'],
  'white-space': ['a.example b.example', 'example.com\u00a0', 'a\u2028b.example', 'a.example\tb.example'],
  'odd-character': [
    ...[
      'a\0b.example',
      '\u001b[2K',
      'a\u200db.example',
      '\u202eexample.com',
      'a\\b.example',
      'a%2eexample.com',
      '"example.com"',
    ],
    ...[
      '<script>',
      'a;b.example',
      'a=b',
      '`id`',
      '$(id)',
      'a+b.example',
      '~example.com',
      'example\u3002com',
      "'example.com'",
    ],
  ],
  name: [
    '-a.example',
    'a-.example',
    'a..example',
    '.example.com',
    'example.com..',
    `${'a'.repeat(64)}.example`,
    '!',
    'https://',
    '!!a.example',
    '*..example.com',
  ],
  'too-long': [`${'a.'.repeat(200)}example`],
}

describe('parseAllowList() refuses', () => {
  const cases = Object.entries(REFUSED).flatMap(([code, texts]) => texts.map((text) => [code, text] as const))

  it.each(cases.map(([code, text]) => [code, JSON.stringify(text).slice(0, 50), text] as const))(
    '%s: %s',
    (code, _shown, text) => {
      const { faults, hosts, denied } = parse(`good.example\n${text}`)
      expect(faults).toHaveLength(1)
      expect(faults[0]?.message).toContain(RULE_PROBLEMS[code as RuleProblemCode].reason)
      expect(faults[0]?.message).toContain('line 2 of allowed-domains')
      expect(faults[0]).toMatchObject({ code: 'input-invalid', input: 'allowed-domains' })
      expect([hosts.length, denied.length]).toEqual([1, 0])
      expect(`${faults[0]?.message}${faults[0]?.fix}`).not.toMatch(/[^\x20-\x7e‘’“”…«»]/)
      expect(JSON.stringify(faults)).not.toContain(MARK)
    },
  )

  it('every problem that an entry of a list of hosts can have is in the table of this test', () => {
    const ofAddresses: readonly string[] = [
      ...['not-an-address', 'named-address', 'zone', 'mapped', 'host-bits', 'too-wide', 'closed'],
    ]
    const codes = Object.keys(RULE_PROBLEMS).filter((code) => !ofAddresses.includes(code))
    expect(codes.filter((code) => REFUSED[code as RuleProblemCode] === undefined)).toEqual([])
  })

  it('everything at once, each with its own line', () => {
    const { faults } = parse('*.com, example.com:*\n\nok.example\nftp://x.example')
    expect(faults.map((fault) => /line \d+/.exec(fault.message)?.[0])).toEqual(['line 1', 'line 1', 'line 4'])
  })

  it('names the bundle that was probably meant', () => {
    expect(parse('pyhton').faults[0]?.fix).toContain('python')
    expect(parse('zzzzzzzz').faults[0]?.fix).toContain('Bundles are node,')
  })

  it('shows a run of mixed letters and digits by its shape only', () => {
    expect(parse(MARK).faults[0]?.message).toContain('found a text of 12 characters')
    expect(parse('noode').faults[0]?.message).toContain("found 'noode'")
  })
})

describe('parseAllowList() reads', () => {
  it.each([
    ['example.com', 'host', 'example.com', 'https', 443],
    ['EXAMPLE.com.', 'host', 'example.com', 'https', 443],
    ['https://example.com', 'host', 'example.com', 'https', 443],
    ['HTTPS://Example.com:443', 'host', 'example.com', 'https', 443],
    ['example.com:8443', 'host', 'example.com', 'https', 8443],
    ['https://example.com:8443', 'host', 'example.com', 'https', 8443],
    ['http://example.com', 'host', 'example.com', 'http', 80],
    ['http://example.com:8080', 'host', 'example.com', 'http', 8080],
    ['example.com:80', 'host', 'example.com', 'http', 80],
    ['tcp://git.example.com:22', 'host', 'git.example.com', 'tcp', 22],
    ['tcp://db.example.com:443', 'host', 'db.example.com', 'tcp', 443],
    ['*.example.com', 'wildcard', 'example.com', 'https', 443],
    ['*.a.b.example.com', 'wildcard', 'a.b.example.com', 'https', 443],
    ['*.example.com:80', 'wildcard', 'example.com', 'http', 80],
    ['http://*.debian.org', 'wildcard', 'debian.org', 'http', 80],
    ['under_score.example', 'host', 'under_score.example', 'https', 443],
    ['sk-cdn.example.com', 'host', 'sk-cdn.example.com', 'https', 443],
    ['*.acme.ghe.com', 'wildcard', 'acme.ghe.com', 'https', 443],
    ['s3.amazonaws.com', 'host', 's3.amazonaws.com', 'https', 443],
    ['acme.blob.core.windows.net', 'host', 'acme.blob.core.windows.net', 'https', 443],
    ['*.acme.github.io', 'wildcard', 'acme.github.io', 'https', 443],
    ['1.example.com', 'host', '1.example.com', 'https', 443],
    ['evilghe.com', 'host', 'evilghe.com', 'https', 443],
  ])('%s', (text, kind, name, scheme, port) => {
    const { hosts, faults } = parse(text)
    expect(faults).toEqual([])
    const origin = { kind: 'user', line: 1, text }
    expect(hosts).toEqual([{ kind, name, scheme, port, mayBePrivate: false, origin }])
  })

  it('lines, commas, blanks and comments', () => {
    const list = parse(
      ' # a comment, with a comma\r\na.example, b.example # and one behind, *.com\n\n\t,,\n#x\nc.example,#d.example\r',
    )
    expect(list.faults).toEqual([])
    expect(list.hosts.map((rule) => [rule.name, rule.origin.kind === 'user' ? rule.origin.line : 0])).toEqual([
      ['a.example', 2],
      ['b.example', 2],
      ['c.example', 6],
    ])
  })

  it('nothing from nothing', () => {
    expect(parse(' \n# only a comment\n')).toMatchObject({ hosts: [], denied: [], faults: [], warnings: [] })
  })

  it.each([
    ['!example.com', 'host', 'example.com'],
    ['!*.example.com', 'wildcard', 'example.com'],
    ['!*.com', 'wildcard', 'com'],
    ['!*.github.io', 'wildcard', 'github.io'],
    ['!*.ghe.com', 'wildcard', 'ghe.com'],
    ['!Gist.GitHub.com.', 'host', 'gist.github.com'],
  ])('the deny rule %s, which may be as wide as it likes', (text, kind, name) => {
    const { denied, faults } = parse(text)
    expect(faults).toEqual([])
    expect(denied).toMatchObject([{ kind, name }])
  })

  it('a bundle once, in its place, with the reason of each entry', () => {
    const list = parse('a.example\nNode\nnode\nb.example')
    expect(list.bundles).toEqual(['node'])
    const rules = rulesOf(list)
    expect(rules[0]).toBe('a.example')
    expect(rules.at(-1)).toBe('b.example')
    expect(rules.filter((rule) => rule === '*.npmjs.org')).toHaveLength(1)
    expect(list.hosts[1]?.origin).toMatchObject({ kind: 'bundle', bundle: 'node' })
  })
})

describe('parseAllowList() with other letters than ASCII', () => {
  it.each([
    ['b\u00fccher.example', 'xn--bcher-kva.example'],
    ['*.B\u00dcCHER.example', '*.xn--bcher-kva.example'],
    ['ex\u0430mple.com', 'xn--exmple-4nf.com'],
    ['\u0440\u0444.example', 'xn--p1ai.example'],
    ['\uff45xample.com', 'example.com'],
    ['stra\u00dfe.example', 'xn--strae-oqa.example'],
  ])('converts once, and says so: %j', (text, rule) => {
    const list = parse(text)
    expect(list.faults).toEqual([])
    expect(rulesOf(list)).toEqual([rule])
    expect(list.notices).toEqual([expect.stringContaining(`stands for ${rule.replace('*.', '')}`)])
    expect(list.hosts[0]?.origin).toMatchObject({ text: rule })
  })

  it('does not let a converted name past the checks', () => {
    expect(parse('*.\u0440\u0444').faults[0]?.message).toContain('public suffix')
    expect(parse('\uff11.\uff12.\uff13.\uff14').faults).toHaveLength(1)
    expect(parse('loc\u0430lhost.\uff4cocalhost').faults[0]?.message).toContain('loopback')
  })

  it('says nothing about a name that is ASCII already', () => {
    expect(parse('xn--bcher-kva.example').notices).toEqual([])
  })
})

describe('parseAllowList() warns', () => {
  it.each([
    ...['gist.github.com', 'gist.githubusercontent.com', 'raw.githubusercontent.com', 'storage.googleapis.com'],
    ...[
      'pastebin.com',
      's3.amazonaws.com',
      'dns.google',
      'api.openai.com',
      'webhook.site',
      'github.io',
      '*.github.com',
    ],
  ])('of %s', (rule) => {
    const { warnings, faults } = parse(`# first line\n${rule}`)
    expect(faults).toEqual([])
    expect(warnings).toMatchObject([{ line: 2, rule }])
    expect(warnings[0]?.reason.length).toBeGreaterThan(20)
  })

  it.each(['example.com', '*.npmjs.org', 'tcp://git.example.com:22'])('not of %s', (rule) => {
    expect(parse(rule).warnings).toEqual([])
  })

  it('of a rule that a deny rule of the same list makes void', () => {
    const { warnings } = parse('a.example.com\n*.example.com\nb.example.com\n!*.example.com')
    expect(warnings.map((warning) => warning.line)).toEqual([1, 2, 3])
    expect(warnings[0]?.reason).toContain('!*.example.com on line 4')
    expect(parse('*.example.com\n!a.example.com').warnings).toEqual([])
    expect(parse('node\n!*.npmjs.org').warnings).toEqual([])
  })
})

describe('renderRule() and parseRule()', () => {
  const LABELS = ['a', 'b1', 'x-y', 'under_score', 'xn--bcher-kva', 'api', 'git', '0', '9z']

  it('are each other’s inverse for whatever rule the parser can make', () => {
    const random = createRandom(42)
    const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)] as Item
    let made = 0
    for (let round = 0; round < 3000; round++) {
      const name = [...Array.from({ length: 1 + Math.floor(random() * 3) }, () => pick(LABELS)), 'example', 'org'].join(
        '.',
      )
      const scheme = pick(['', 'https://', 'http://', 'tcp://'])
      const text = `${scheme}${random() < 0.3 ? '*.' : ''}${name}${pick(['', ':443', ':80', ':8443', ':65535', ':1'])}`
      const parsed = parseRule(text)
      if (parsed.kind !== 'allow') continue
      made++
      const rendered = renderRule(parsed.target)
      expect(parseRule(rendered)).toEqual(parsed)
      const list = parse(rendered)
      expect(rulesOf(list)).toEqual([rendered])
    }
    expect(made).toBeGreaterThan(1000)
  })

  it('deny rules too', () => {
    for (const text of ['!example.com', '!*.example.com', '!*.com']) {
      expect(parse(text).denied.map(renderDenyRule)).toEqual([text])
    }
  })

  it('whatever bytes come, there is a fault or a rule that reads back as itself, and never a throw', () => {
    const random = createRandom(3)
    const pieces = [
      '*',
      '.',
      '!',
      ':',
      '/',
      '//',
      '#',
      ',',
      ' ',
      '\n',
      'a',
      'example',
      'com',
      '443',
      '80',
      'https',
      'tcp',
    ]
    pieces.push(
      '[',
      ']',
      '@',
      '%',
      '\u00fc',
      '\0',
      'xn--',
      '-',
      '_',
      '0x',
      '1',
      'localhost',
      'node',
      '\u3002',
      '\u200b',
    )
    const rulesSeen: HostRule[] = []
    for (let round = 0; round < 4000; round++) {
      const text = Array.from(
        { length: 1 + Math.floor(random() * 7) },
        () => pieces[Math.floor(random() * pieces.length)],
      ).join('')
      const list = parse(text)
      for (const rule of list.hosts) {
        rulesSeen.push(rule)
        expect(rule.name).toMatch(/^[a-z0-9_.-]+\.[a-z0-9_.-]+$/)
        expect(rulesOf(parse(renderRule(rule)))).toEqual([renderRule(rule)])
      }
    }
    expect(rulesSeen.length).toBeGreaterThan(50)
  })
})
