import { describe, expect, it } from '@jest/globals'
import { parseAllowedIps } from '../../../src/core/policy/parse-allowed-ips.ts'
import { renderAddressRule } from '../../../src/core/policy/render-rule.ts'
import { RULE_PROBLEMS, type RuleProblemCode } from '../../../src/core/policy/rule-problems.ts'
import { createRandom } from '../usage/seeded-random.ts'

const parse = (text: string) => parseAllowedIps(text, { input: 'allowed-ips' })

const REFUSED: Partial<Record<RuleProblemCode, readonly string[]>> = {
  'too-wide': [
    '0.0.0.0/0',
    '::/0',
    '8.0.0.0/8',
    '8.8.0.0/16',
    '8.8.8.0/23',
    '2001:db8::/32',
    'fd00::/8',
    '0.0.0.0/1',
    '10.0.0.0/7',
    '172.0.0.0/8',
  ],
  'host-bits': ['10.1.0.0/8', '10.0.0.1/24', '2001:db8::1/48', '192.0.2.5/31'],
  port: [
    '10.0.0.5:',
    '10.0.0.5:0',
    '10.0.0.5:65536',
    '10.0.0.5:abc',
    '10.0.0.5:0443',
    '[2001:db8::1]:0',
    '[2001:db8::1]:',
  ],
  'port-star': ['10.0.0.5:*', '[2001:db8::1]:*'],
  zone: ['fe80::1%eth0', '[fe80::1%25eth0]:443'],
  mapped: ['::ffff:10.0.0.5', '::ffff:0:0/96', '[::ffff:a00:5]:443', '64:ff9b::8.8.8.8', '::8.8.8.8'],
  loopback: ['127.0.0.1', '127.0.0.1:8080', '127.1.2.0/24', '::1', '[::1]:443'],
  closed: [
    ...[
      '0.0.0.0',
      '169.254.169.254',
      '169.254.169.254:80',
      '168.63.129.16',
      '168.63.129.0/24',
      '100.100.100.200',
      '224.0.0.1',
    ],
    ...[
      '255.255.255.255',
      '240.0.0.1',
      '198.18.0.5',
      '192.0.0.192',
      '::',
      'fe80::1',
      'ff02::1',
      'fd00:ec2::254',
      'fd00:ec2::/48',
    ],
    ...['2002:808:808::1', '2001::1', '4000::1', '100.64.0.0/10'],
  ],
  'named-address': ['example.com', '*.example.com', 'git.example.com:22'],
  'not-an-address': [
    ...[
      '1.2.3',
      '0x7f.0.0.1',
      '2130706433',
      '01.2.3.4',
      '256.1.1.1',
      '1.2.3.4/33',
      '10.0.0.0/8/8',
      '10.0.0.0/255.0.0.0',
    ],
    ...[
      'https://10.0.0.5',
      '[10.0.0.5',
      '2001:db8::1::2',
      '10.0.0.1-10.0.0.9',
      'node',
      '!10.0.0.5',
      '[2001:db8::1]443',
    ],
  ],
  'white-space': ['10.0.0.5 10.0.0.6', '10.0.0.5 :443'],
  'odd-character': ['١.2.3.4', '10.0.0.5\0', '\u202e10.0.0.5'],
  secret: ['sk-proj-abcDEF0123456789'],
  expression: [['$', '{{ vars.IPS }}'].join('')],
  'too-long': ['1'.repeat(200)],
}

describe('parseAllowedIps() refuses', () => {
  const cases = Object.entries(REFUSED).flatMap(([code, texts]) => texts.map((text) => [code, text] as const))

  it.each(cases)('%s: %j', (code, text) => {
    const { faults, addresses } = parse(`192.0.2.1\n${text}`)
    expect(faults.map((fault) => fault.message)).toEqual([
      expect.stringContaining(RULE_PROBLEMS[code as RuleProblemCode].reason),
    ])
    expect(faults[0]?.message).toContain('line 2 of allowed-ips')
    expect(addresses).toHaveLength(1)
  })

  it('says which network was meant', () => {
    expect(parse('10.1.2.3/16').faults[0]?.fix).toBe('The network is 10.1.0.0/16.')
    expect(parse('2001:db8::1/48').faults[0]?.fix).toBe('The network is 2001:db8::/48.')
  })
})

describe('parseAllowedIps() reads', () => {
  it.each([
    ['10.0.0.5', '10.0.0.5', null],
    ['10.0.0.5:443', '10.0.0.5', 443],
    ['10.0.0.5/32', '10.0.0.5', null],
    ['10.0.0.0/8', '10.0.0.0/8', null],
    ['172.16.0.0/12:5432', '172.16.0.0/12', 5432],
    ['192.168.0.0/16', '192.168.0.0/16', null],
    ['203.0.113.0/24:443', '203.0.113.0/24', 443],
    ['2001:DB8:0:0::1', '2001:db8::1', null],
    ['[2001:db8::1]', '2001:db8::1', null],
    ['[2001:db8::1]:443', '2001:db8::1', 443],
    ['2001:db8::/48', '2001:db8::/48', null],
    ['[2001:db8::/48]:443', '2001:db8::/48', 443],
    ['[2001:db8::]/48:443', '2001:db8::/48', 443],
    ['fd12:3456:789a::/48', 'fd12:3456:789a::/48', null],
  ])('%s', (text, network, port) => {
    const { addresses, faults } = parse(text)
    expect(faults).toEqual([])
    expect(addresses).toEqual([{ network, port, origin: { kind: 'user', line: 1, text } }])
    expect(parse(addresses.map(renderAddressRule).join()).addresses).toMatchObject([{ network, port }])
  })

  it('lists with comments', () => {
    expect(parse('10.0.0.5, 10.0.0.6:22 # both, of us\n# no\n').addresses.map(renderAddressRule)).toEqual([
      '10.0.0.5',
      '10.0.0.6:22',
    ])
  })
})

describe('parseAllowedIps() and renderAddressRule()', () => {
  it('are each other’s inverse, and whatever bytes come there is a fault or a rule, never a throw', () => {
    const random = createRandom(5)
    const pieces = [
      '10.0.0.5',
      '10.20.0.0',
      '2001:db8::1',
      '2001:db8::',
      '/16',
      '/48',
      '/32',
      ':443',
      ':',
      '[',
      ']',
      '%',
      '.',
      ' ',
    ]
    pieces.push(',', '\n', '#', '-', '0', '::')
    let made = 0
    for (let round = 0; round < 4000; round++) {
      const text = Array.from(
        { length: 1 + Math.floor(random() * 7) },
        () => pieces[Math.floor(random() * pieces.length)],
      ).join('')
      for (const rule of parse(text).addresses) {
        made++
        const again = parse(renderAddressRule(rule))
        expect(again.faults).toEqual([])
        expect(again.addresses.map(renderAddressRule)).toEqual([renderAddressRule(rule)])
      }
    }
    expect(made).toBeGreaterThan(200)
  })
})
