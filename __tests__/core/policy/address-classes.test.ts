import { describe, expect, it } from '@jest/globals'
import { ADDRESS_RANGES, classifyAddress, isInternalAddress } from '../../../src/core/policy/address-classes.ts'
import { parseIpAddress, renderIpAddress } from '../../../src/core/policy/ip-address.ts'

const classOf = (text: string) => {
  const address = parseIpAddress(text)
  if (address === undefined) throw new Error(`${text} is no address`)
  return classifyAddress(address).class
}

describe('isInternalAddress()', () => {
  it.each([
    ...['0.0.0.0', '0.1.2.3', '10.0.0.1', '10.255.255.255', '100.64.0.1', '100.127.255.255', '127.0.0.1', '127.1.2.3'],
    ...[
      '169.254.169.254',
      '169.254.0.1',
      '168.63.129.16',
      '100.100.100.200',
      '172.16.0.1',
      '172.31.255.255',
      '192.0.0.192',
    ],
    ...['192.168.1.1', '198.18.0.1', '198.19.255.255', '224.0.0.1', '239.255.255.255', '240.0.0.1', '255.255.255.255'],
    ...['::', '::1', '::ffff:8.8.8.8', '::ffff:127.0.0.1', '::7f00:1', '::8.8.8.8', '64:ff9b::127.0.0.1'],
    ...['64:ff9b::169.254.169.254', '64:ff9b::10.0.0.1', '64:ff9b:1::1', '64:ff9b:1:2::8.8.8.8', '2002:7f00:1::1'],
    ...[
      '2002:808:808::1',
      '2001::1',
      '2001:0:808:808::',
      'fc00::1',
      'fd12:3456::1',
      'fd00:ec2::254',
      'fe80::1',
      'febf::1',
    ],
    ...['fec0::1', 'ff02::1', '100::1', '4000::1', '1::', '8000::'],
    ...['', 'example.com', '1.2.3', '127.1', '0x7f000001', '::1%lo', '[::1]', '8.8.8.8 ', '1.1.1.1\0'],
  ])('%j is internal', (address) => {
    expect(isInternalAddress(address)).toBe(true)
  })

  it.each([
    ...[
      '1.1.1.1',
      '8.8.8.8',
      '9.255.255.255',
      '11.0.0.0',
      '100.63.255.255',
      '100.128.0.0',
      '126.255.255.255',
      '128.0.0.1',
    ],
    ...['168.63.129.15', '168.63.129.17', '169.253.255.255', '169.255.0.0', '172.15.255.255', '172.32.0.0'],
    ...[
      '192.167.255.255',
      '192.169.0.0',
      '198.17.255.255',
      '198.20.0.0',
      '223.255.255.255',
      '192.0.2.1',
      '203.0.113.9',
    ],
    ...['2606:4700::1111', '2001:4860:4860::8888', '2001:db8::1', '2003::1', '64:ff9b::8.8.8.8', '2a00::1', '3fff::1'],
  ])('%s is not', (address) => {
    expect(isInternalAddress(address)).toBe(false)
  })

  it('an address of this machine is internal, in every spelling and behind NAT64', () => {
    const own = ['203.0.113.9', '2001:db8::5', 'fe80::1%eth0']
    expect(isInternalAddress('203.0.113.9', own)).toBe(true)
    expect(isInternalAddress('64:ff9b::203.0.113.9', own)).toBe(true)
    expect(isInternalAddress('2001:DB8:0::5', own)).toBe(true)
    expect(isInternalAddress('203.0.113.8', own)).toBe(false)
    expect(isInternalAddress('2001:db8::6', own)).toBe(false)
  })
})

describe('classifyAddress()', () => {
  it.each(ADDRESS_RANGES.map((row) => [renderIpAddress(row.network), row.network.prefix, row.class] as const))(
    'the first address of %s/%d is %s',
    (address, _prefix, expected) => {
      expect(classOf(address)).toBe(expected)
    },
  )

  it('leaves the public internet public: one table for both families must not close either', () => {
    expect(classOf('8.8.8.8')).toBe('public')
    expect(classOf('2606:4700::1111')).toBe('public')
  })

  it('tells a private network, which a rule may open, from what is closed always', () => {
    expect(
      ['10.1.1.1', '172.20.0.1', '192.168.0.9', '100.64.3.3', 'fd00::1', '64:ff9b::10.0.0.1'].map(classOf),
    ).toEqual(Array.from({ length: 6 }, () => 'private'))
    expect(
      ['100.100.100.200', 'fd00:ec2::254', '169.254.169.254', '127.0.0.1', '64:ff9b::127.0.0.1'].map(classOf),
    ).toEqual(Array.from({ length: 5 }, () => 'closed'))
  })
})
