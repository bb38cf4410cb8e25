import { describe, expect, it } from '@jest/globals'
import {
  containsAddress,
  createNetwork,
  deriveNetwork,
  overlaps,
  parseIpAddress,
  parseIpNetwork,
  renderIpAddress,
  renderIpNetwork,
} from '../../../src/core/policy/ip-address.ts'
import { createRandom } from '../usage/seeded-random.ts'

describe('parseIpAddress()', () => {
  it.each([
    ['0.0.0.0', '0.0.0.0'],
    ['255.255.255.255', '255.255.255.255'],
    ['192.0.2.5', '192.0.2.5'],
    ['::', '::'],
    ['::1', '::1'],
    ['1::', '1::'],
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['2001:db8::0:1', '2001:db8::1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2:3:4:5:6'],
    ['2001:db8:0:1:0:1:0:1', '2001:db8:0:1:0:1:0:1'],
    ['::ffff:192.0.2.5', '::ffff:c000:205'],
    ['64:ff9b::192.0.2.5', '64:ff9b::c000:205'],
    ['::192.0.2.5', '::c000:205'],
    ['fe80::1', 'fe80::1'],
    ['ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ])('reads %s as %s', (text, canonical) => {
    const address = parseIpAddress(text)
    expect(address && renderIpAddress(address)).toBe(canonical)
  })

  it.each([
    ...[
      '',
      ' 1.2.3.4',
      '1.2.3',
      '1.2.3.4.5',
      '256.1.1.1',
      '01.2.3.4',
      '0x7f.0.0.1',
      '2130706433',
      '1.2.3.4\n',
      '١.2.3.4',
    ],
    ...[
      '[::1]',
      '::1%lo',
      'fe80::1%eth0',
      ':::',
      '1::2::3',
      '12345::',
      '::1.2.3',
      'localhost',
      '1.2.3.4:80',
      '1.2.3.4/8',
    ],
  ])('refuses %j', (text) => {
    expect(parseIpAddress(text)).toBeUndefined()
  })

  it('keeps every address that it renders, whatever it is', () => {
    const random = createRandom(7)
    for (let round = 0; round < 500; round++) {
      const groups = Array.from({ length: 8 }, () => (random() < 0.4 ? 0 : Math.floor(random() * 65_536)))
      const value = groups.reduce((sum, group) => (sum << 16n) | BigInt(group), 0n)
      expect(parseIpAddress(renderIpAddress({ family: 6, value }))).toEqual({ family: 6, value })
      const short = value & 0xffff_ffffn
      expect(parseIpAddress(renderIpAddress({ family: 4, value: short }))).toEqual({ family: 4, value: short })
    }
  })
})

describe('parseIpNetwork()', () => {
  it.each([
    ['10.0.0.0/8', '10.0.0.0/8'],
    ['10.1.2.3/32', '10.1.2.3'],
    ['10.1.2.3', '10.1.2.3'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['2001:DB8::/32', '2001:db8::/32'],
    ['::1/128', '::1'],
  ])('reads %s as %s', (text, canonical) => {
    const network = parseIpNetwork(text)
    expect(network && renderIpNetwork(network)).toBe(canonical)
  })

  it.each([
    '10.0.0.0/33',
    '::/129',
    '10.0.0.0/',
    '10.0.0.0/08',
    '10.0.0.0/-1',
    '10.0.0.0/8/8',
    '/8',
    '10.0.0.0/255.0.0.0',
  ])('refuses %s', (text) => {
    expect(parseIpNetwork(text)).toBeUndefined()
  })
})

describe('networks', () => {
  it.each([
    ['10.0.0.0/8', '10.255.255.255', true],
    ['10.0.0.0/8', '11.0.0.0', false],
    ['0.0.0.0/0', '8.8.8.8', true],
    // The trap: one number for both families would make the whole of IPv4 lie in ::ffff:0:0/96, or 0.0.0.0/0 hold IPv6.
    ['::ffff:0:0/96', '8.8.8.8', false],
    ['0.0.0.0/0', '::1', false],
    ['::/0', '8.8.8.8', false],
    ['2001:db8::/32', '2001:db8:ffff::', true],
    ['2001:db8::/32', '2001:db9::', false],
  ])('%s holds %s: %s', (network, address, expected) => {
    const parsed = parseIpAddress(address)
    expect(parsed && containsAddress(createNetwork(network), parsed)).toBe(expected)
  })

  it('lose the bits behind their prefix', () => {
    expect(renderIpNetwork(deriveNetwork(createNetwork('10.1.2.3/8')))).toBe('10.0.0.0/8')
    expect(renderIpNetwork(deriveNetwork(createNetwork('2001:db8:1::5/32')))).toBe('2001:db8::/32')
  })

  it.each([
    ['10.0.0.0/8', '10.2.0.0/16', true],
    ['10.2.0.0/16', '10.0.0.0/8', true],
    ['10.2.0.0/16', '10.3.0.0/16', false],
    ['::/0', '0.0.0.0/0', false],
  ])('%s and %s overlap: %s', (left, right, expected) => {
    expect(overlaps(createNetwork(left), createNetwork(right))).toBe(expected)
  })
})
