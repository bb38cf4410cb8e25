import type { Socket } from 'node:net'
import { describe, expect, test } from '@jest/globals'
import { findTcpLine, renderEndpoint } from '../../../src/core/tcp-table.ts'
import { createUidFinder, type ReadTcpTable } from '../../../src/sidecar/worker/client-uid.ts'

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

describe('findTcpLine()', () => {
  test.each([
    ['the client’s end, not the server’s', V4, '0100007F:D2F0', '0100007F:2710', 1001],
    ['another address with the same port', V4, '0200007F:D2F0', '0100007F:2710', 65534],
    ['an IPv6 connection', V6, '00000000000000000000000001000000:A3F2', '00000000000000000000000001000000:2711', 501],
  ])('finds %s', (_name, table, client, server, uid) => {
    expect(findTcpLine(table, client, server)?.uid).toBe(uid)
  })

  test.each([
    ['a connection that is not there', V4, '0100007F:D2F1', '0100007F:2710'],
    ['a listening socket', V4, '0100007F:2710', '0100007F:2711'],
    ['an empty table', '', '0100007F:D2F0', '0100007F:2710'],
  ])('knows nothing of %s', (_name, table, client, server) => {
    expect(findTcpLine(table, client, server)).toBeUndefined()
  })
})

describe('createUidFinder()', () => {
  const ends = (client: string, port: number, server = client, serverPort = 10000): Socket =>
    ({ remoteAddress: client, remotePort: port, localAddress: server, localPort: serverPort }) as Socket
  const v4 = ends('127.0.0.1', 0xd2f0)

  /** Tables in pieces, with what was read of them. */
  function createTables(pieces: Readonly<Record<4 | 6, readonly string[]>>) {
    const read: string[] = []
    const readTable: ReadTcpTable = async function* (family) {
      for (const [index, piece] of pieces[family].entries()) {
        read.push(`${family}.${index}`)
        yield piece
      }
    }
    return { read, find: createUidFinder(readTable) }
  }

  test.each<[string, Socket, number | undefined]>([
    ['IPv4', v4, 1001],
    ['IPv6', ends('::1', 0xa3f2, '::1', 10001), 501],
    ['IPv4 seen through IPv6', ends('::ffff:127.0.0.1', 0xd2f0), 1001],
    ['a client with one socket for both families', ends('127.0.0.1', 0xa3f3, '127.0.0.1', 10001), 502],
    ['a client that has gone', { ...v4, remoteAddress: undefined } as unknown as Socket, undefined],
    ['a port of somebody else', ends('127.0.0.1', 1), undefined],
    ['a connection that was closed meanwhile', { ...v4, destroyed: true } as unknown as Socket, undefined],
  ])('knows %s', async (_name, socket, uid) => {
    expect(await createTables({ 4: [V4], 6: [V6] }).find(socket)).toBe(uid)
  })

  test('believes no socket that nobody holds any more: the kernel gives it to root', async () => {
    const orphan = V4.replace(' 1001        0 29610 ', '    0        0 0 ')
    expect(await createTables({ 4: [orphan], 6: [] }).find(v4)).toBeUndefined()
  })

  test('a line without figures is no uid', async () => {
    const torn = V4.slice(0, V4.indexOf('02:000004B2'))
    expect(await createTables({ 4: [torn], 6: [] }).find(v4)).toBeUndefined()
  })

  test('stops reading where the last one is found', async () => {
    const { find, read } = createTables({ 4: ['', V4, 'never'], 6: ['never'] })
    expect(await find(v4)).toBe(1001)
    expect(read).toEqual(['4.0', '4.1'])
  })

  test('shares one reading between those who wait, and starts another for those who come later', async () => {
    const gate = Promise.withResolvers<void>()
    let readings = 0
    const find = createUidFinder(async function* () {
      readings += 1
      await gate.promise
      yield V4
    })
    const early = [find(v4), find(v4), find(v4)]
    while (readings === 0) await new Promise(setImmediate)
    const late = find(v4)
    gate.resolve()
    expect(await Promise.all([...early, late])).toEqual([1001, 1001, 1001, 1001])
    expect(readings).toBe(2)
  })

  test('a table that cannot be read is no uid, and the next one asks again', async () => {
    let attempts = 0
    const find = createUidFinder(async function* () {
      attempts += 1
      if (attempts <= 2) throw new Error('ENOENT')
      yield V4
    })
    expect(await find(v4)).toBeUndefined()
    expect(await find(v4)).toBe(1001)
  })
})
