import type { Socket } from 'node:net'
import { describe, expect, test } from '@jest/globals'
import { parseTcpTable, renderEndpoint } from '../../../src/core/tcp-table.ts'
import { findClientUid } from '../../../src/sidecar/worker/client-uid.ts'

const HEADING = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode'
const V4 = `${HEADING}
   0: 0100007F:2710 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1001        0 25421 1 0000000000000000 100 0 0 10 0
   1: 0100007F:2710 0100007F:D2F0 01 00000000:00000000 00:00000000 00000000     0        0 29611 1 0000000000000000 20 4 30 10 -1
   2: 0100007F:D2F0 0100007F:2710 01 00000000:00000000 02:000004B2 00000007  1001        0 29610 2 0000000000000000 20 4 0 10 -1
   3: 0200007F:D2F0 0100007F:2710 01 00000A00:00000B00 00:00000000 00000000 65534        0 31007 1 0000000000000000 20 4 30 10 -1
`
const V6 = `${HEADING}
   0: 00000000000000000000000001000000:A3F2 00000000000000000000000001000000:2711 01 00000000:00000000 00:00000000 00000000   501        0 41000 1 0000000000000000 20 4 30 10 -1
   1: 0000000000000000FFFF00000100007F:A3F3 0000000000000000FFFF00000100007F:2711 01 00000000:00000000 00:00000000 00000000   502        0 41001 1 0000000000000000 20 4 30 10 -1
`

describe('renderEndpoint()', () => {
  test.each([
    ['127.0.0.1', 10000, '0100007F:2710'],
    ['192.168.1.254', 80, 'FE01A8C0:0050'],
    ['::ffff:127.0.0.1', 10000, '0100007F:2710'],
    ['::1', 10001, '00000000000000000000000001000000:2711'],
    ['::', 0, '00000000000000000000000000000000:0000'],
    ['fe80::1', 65535, '000080FE000000000000000001000000:FFFF'],
    ['2001:db8:1:2:3:4:5:6', 1, 'B80D01200200010004000300060005 00:0001'.replace(' ', '')],
  ])('writes %s port %s as the kernel does', (address, port, expected) => {
    expect(renderEndpoint(address, port)).toBe(expected)
  })
})

describe('parseTcpTable()', () => {
  test.each([
    ['the client’s end, not the server’s', V4, '0100007F:D2F0', '0100007F:2710', 1001],
    ['another address with the same port', V4, '0200007F:D2F0', '0100007F:2710', 65534],
    ['an IPv6 connection', V6, '00000000000000000000000001000000:A3F2', '00000000000000000000000001000000:2711', 501],
  ])('finds %s', (_name, table, client, server, uid) => {
    expect(parseTcpTable(table, client, server)).toBe(uid)
  })

  test.each([
    ['a connection that is not there', V4, '0100007F:D2F1', '0100007F:2710'],
    ['a listening socket', V4, '0100007F:2710', '0100007F:2711'],
    ['an empty table', '', '0100007F:D2F0', '0100007F:2710'],
    ['a line that is cut off', V4.slice(0, V4.indexOf('02:000004B2')), '0100007F:D2F0', '0100007F:2710'],
  ])('knows nothing of %s', (_name, table, client, server) => {
    expect(parseTcpTable(table, client, server)).toBeUndefined()
  })
})

describe('findClientUid()', () => {
  const v4 = { remoteAddress: '127.0.0.1', remotePort: 0xd2f0, localAddress: '127.0.0.1', localPort: 10000 }
  const v6 = { remoteAddress: '::1', remotePort: 0xa3f2, localAddress: '::1', localPort: 10001 }
  const tables: Record<string, string> = { '/proc/net/tcp': V4, '/proc/net/tcp6': V6 }
  const read = (path: string): string => tables[path] ?? ''

  test.each([
    ['IPv4', v4, 1001],
    ['IPv6', v6, 501],
    ['IPv4 seen through IPv6', { ...v4, remoteAddress: '::ffff:127.0.0.1', localAddress: '::ffff:127.0.0.1' }, 1001],
    ['a client that has gone', { ...v4, remoteAddress: undefined }, undefined],
    ['a port of somebody else', { ...v4, remotePort: 1 }, undefined],
  ])('%s', (_name, ends, uid) => {
    expect(findClientUid(ends as unknown as Socket, read)).toBe(uid)
  })

  test('a table that cannot be read is no uid', () => {
    const unreadable = (): string => {
      throw new Error('ENOENT')
    }
    expect(findClientUid(v4 as unknown as Socket, unreadable)).toBeUndefined()
  })
})
