import { describe, expect, test } from '@jest/globals'
import { type DroppedPackets, deriveDroppedEvents, parseDropped } from '../../../src/firewall/dropped-packets.ts'

/** As nft 1.0.6 prints one set, with elements of the given keys. */
function listing(name: string, ...elements: readonly (readonly [readonly (string | number)[], number])[]): string {
  const elem = elements.map(([concat, packets]) => ({
    elem: { val: { concat }, expires: 3599, counter: { packets, bytes: packets * 29 } },
  }))
  return JSON.stringify({ nftables: [{ metainfo: {} }, { set: { family: 'inet', name, table: 't', elem } }] })
}

describe('parseDropped()', () => {
  test.each<{ what: string; key: (string | number)[]; found: Partial<DroppedPackets> }>([
    {
      what: 'uid, IPv4, protocol, port',
      key: [1001, '192.0.2.1', 'udp', 443],
      found: { uid: 1001, protocol: 'udp', port: 443 },
    },
    { what: 'uid, IPv6, protocol, port', key: [0, '2001:db8::1', 17, 5], found: { uid: 0, protocol: '17', port: 5 } },
    {
      what: 'uid, address, protocol',
      key: [1001, '192.0.2.1', 'icmp'],
      found: { uid: 1001, protocol: 'icmp', port: null },
    },
    { what: 'no uid', key: ['192.0.2.1', 'tcp', 22], found: { uid: null, protocol: 'tcp', port: 22 } },
    {
      what: 'a uid printed as a name',
      key: ['root', '192.0.2.1', 'udp', 1],
      found: { uid: null, protocol: 'udp', port: 1 },
    },
  ])('reads an element of $what', ({ key, found }) => {
    expect(parseDropped(listing('any', [key, 3]))).toEqual([
      expect.objectContaining({ ...found, set: 'any', packets: 3 }),
    ])
  })

  test.each([
    '',
    'null',
    '[]',
    '{"nftables":7}',
    '{"nftables":[{"set":{"elem":["x",null,{"elem":{}}]}}]}',
    listing('s', [['only', 'words', 'here'], 1]),
    listing('s', [[1, 2, '192.0.2.1', 'udp'], 1]),
    listing('s', [[1, '192.0.2.1', 'udp', 1], -1]),
  ])('finds nothing in %p', (text) => {
    expect(parseDropped(text)).toEqual([])
  })
})

describe('deriveDroppedEvents()', () => {
  const facts = { time: '2026-01-01T00:00:00.000Z', mode: 'block' } as const
  const one: DroppedPackets = { set: 's', uid: 1001, address: '192.0.2.1', protocol: 'udp', port: 443, packets: 5 }

  test('tells what came since the last listing, and nothing where nothing came', () => {
    expect(deriveDroppedEvents([], [one], facts)).toEqual([
      expect.objectContaining({
        verdict: 'blocked',
        protocol: 'udp',
        address: '192.0.2.1',
        port: 443,
        uid: 1001,
        count: 5,
      }),
    ])
    expect(deriveDroppedEvents([one], [one], facts)).toEqual([])
    expect(deriveDroppedEvents([one], [{ ...one, packets: 6 }], facts)[0]).not.toHaveProperty('count')
  })

  test('an element that expired and came back counts anew', () => {
    expect(deriveDroppedEvents([one], [{ ...one, packets: 2 }], facts)).toEqual([expect.objectContaining({ count: 2 })])
  })

  test('in audit mode it would have been blocked', () => {
    expect(deriveDroppedEvents([], [one], { ...facts, mode: 'audit' })).toEqual([
      expect.objectContaining({ verdict: 'would-block', host: null, address: '192.0.2.1' }),
    ])
  })

  test('protocols that the log has no word for are «other»', () => {
    const protocols = ['sctp', '136', 'ipv6-icmp', '58', '6']
    const events = deriveDroppedEvents(
      [],
      protocols.map((protocol) => ({ ...one, protocol })),
      facts,
    )
    expect(events.map((event) => event.protocol)).toEqual(['other', 'other', 'icmp', 'icmp', 'tcp'])
  })
})
