import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { renderEndpoint, renderMappedEndpoint } from '../../../src/core/tcp-table.ts'
import { UNKNOWN_ORIGIN } from '../../../src/egress/relay/client.ts'
import { createOriginFinder } from '../../../src/egress/relay/find-origin.ts'
import type { ReadTcpTable } from '../../../src/egress/relay/read-tcp-table.ts'
import { searchTables, type Wanted } from '../../../src/egress/relay/search-tables.ts'

const CLIENT = ['10.1.0.4', 40_000] as const
const SELF = ['127.0.0.1', 4443] as const
const end = renderEndpoint(...CLIENT)
const self = renderEndpoint(...SELF)
const HEADING = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode'

interface Line {
  readonly local?: string
  readonly remote: string
  readonly state?: string
  readonly uid?: number
  readonly inode?: number
}

const renderLine = ({ local = end, remote, state = '01', uid = 1001, inode = 7 }: Line): string =>
  `   1: ${local} ${remote} ${state} 00000000:00000000 00:00000000 00000000 ${uid}        0 ${inode} 1 0000 20 4 30 10 -1`

/** Our own end, as long as the client has not closed. */
const OWN: Line = { local: self, remote: end, uid: 5, inode: 9 }
const to = (address: string, port = 443): string => renderEndpoint(address, port)

const serve = (tables: Partial<Record<4 | 6, readonly Line[]>>): ReadTcpTable =>
  async function* read(family) {
    yield `${HEADING}\n`
    for (const line of tables[family] ?? []) yield `${renderLine(line)}\n`
  }

const wanted = (port: number | null): Wanted => ({
  isV4: true,
  client: end,
  mappedClient: renderMappedEndpoint(...CLIENT),
  self,
  mappedSelf: renderMappedEndpoint(...SELF),
  port,
  isGone: () => false,
  found: UNKNOWN_ORIGIN,
})

const search = async (tables: Parameters<typeof serve>[0], port: number | null = 443) => {
  const one = wanted(port)
  await searchTables([one], serve(tables))
  return one.found
}

const FOUND = { original: { address: '198.18.0.1', port: 443 }, uid: 1001, inode: 7 }
const mapped = renderMappedEndpoint(...CLIENT)

describe('searchTables()', () => {
  test.each<[string, Parameters<typeof serve>[0], object]>([
    ['the client’s line', { 4: [OWN, { remote: to('198.18.0.1') }] }, FOUND],
    ['the line before our own', { 4: [{ remote: to('198.18.0.1') }, OWN] }, FOUND],
    [
      'an IPv4 client in an IPv6 socket',
      { 4: [OWN], 6: [{ local: mapped, remote: renderMappedEndpoint('198.18.0.1', 443) }] },
      FOUND,
    ],
    [
      'a client that has said everything',
      {
        4: [
          { ...OWN, state: '08' },
          { remote: to('198.18.0.1'), state: '05' },
        ],
      },
      FOUND,
    ],
    [
      'of two with one port the one that can have come in here',
      { 4: [OWN, { remote: to('198.18.0.9', 22), inode: 8 }, { remote: to('198.18.0.1') }] },
      FOUND,
    ],
    ['who dialled us itself', { 4: [{ remote: self }] }, { original: null, uid: 1001, inode: 7 }],
    [
      'who dialled us itself, beside others with its port',
      { 4: [{ remote: to('198.18.0.1'), inode: 8 }, { remote: self }] },
      { original: null, inode: 7 },
    ],
  ])('finds %s', async (_what, tables, expected) => {
    expect(await search(tables)).toMatchObject(expected)
  })

  test.each<[string, Parameters<typeof serve>[0]]>([
    ['nobody is there', {}],
    ['two may be meant', { 4: [OWN, { remote: to('198.18.0.1') }, { remote: to('198.18.0.2'), inode: 8 }] }],
    ['nobody holds the socket any more', { 4: [OWN, { remote: to('198.18.0.1'), inode: 0 }] }],
    ['it is over', { 4: [OWN, { remote: to('198.18.0.1'), state: '06' }] }],
    ['the client has closed and its port is another’s', { 4: [{ ...OWN, state: '08' }, { remote: to('198.18.0.1') }] }],
    ['our own end is gone', { 4: [{ remote: to('198.18.0.1') }] }],
    ['it has dialled another port', { 4: [OWN, { remote: to('198.18.0.1', 80) }] }],
  ])('finds nobody when %s', async (_what, tables) => {
    expect(await search(tables)).toEqual(UNKNOWN_ORIGIN)
  })

  test('stops reading at the line of a client that dialled us itself', async () => {
    let pieces = 0
    const read: ReadTcpTable = async function* endless() {
      for (; pieces < 100; pieces += 1) yield `${renderLine({ remote: self })}\n`
    }
    await searchTables([wanted(null)], read)
    expect(pieces).toBe(0)
  })
})

describe('createOriginFinder()', () => {
  let server: Server
  const accepted: Socket[] = []

  beforeAll(async () => {
    server = createServer((socket) => void accepted.push(socket))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
  })
  afterAll(() => {
    for (const socket of accepted) socket.destroy()
    server.close()
  })

  const open = async (): Promise<{ readonly client: Socket; readonly ours: Socket }> => {
    const address = server.address()
    const client = connect(typeof address === 'object' && address !== null ? address.port : 0, '127.0.0.1')
    const [[ours]] = (await Promise.all([once(server, 'connection'), once(client, 'connect')])) as [[Socket], unknown]
    return { client, ours }
  }

  test('finds a real client in the kernel’s table', async () => {
    if (process.platform !== 'linux') return
    const finder = createOriginFinder()
    const { client, ours } = await open()
    const origin = await finder.find(ours, { port: null, isUrgent: false })
    expect(origin).toMatchObject({ original: null, uid: process.getuid?.(), inode: expect.any(Number) })
    client.destroy()
  })

  test('connections that wait together share one reading', async () => {
    let readings = 0
    const finder = createOriginFinder((family) => {
      if (family === 4) readings += 1
      return serve({})(family)
    })
    const pairs = [await open(), await open(), await open()]
    await Promise.all(pairs.map(({ ours }) => finder.find(ours, { port: null, isUrgent: true })))
    expect(readings).toBe(1)
    for (const { client } of pairs) client.destroy()
  })

  test('a client that is gone before it was looked up is nobody, and nobody waits for it', async () => {
    const finder = createOriginFinder(() => never())
    const { ours } = await open()
    const found = finder.find(ours, { port: null, isUrgent: true })
    ours.destroy()
    expect(await found).toEqual(UNKNOWN_ORIGIN)
  })

  test('closing it ends all waiting', async () => {
    const finder = createOriginFinder(() => never())
    const { client, ours } = await open()
    const found = finder.find(ours, { port: null, isUrgent: true })
    finder.close()
    expect(await found).toEqual(UNKNOWN_ORIGIN)
    client.destroy()
  })

  test('for a client that closes while it is looked up no further table is read', async () => {
    const { ours } = await open()
    const families: number[] = []
    const finder = createOriginFinder(async function* read(family) {
      families.push(family)
      ours.destroy()
      await once(ours, 'close')
      yield `${HEADING}\n`
    })
    expect(await finder.find(ours, { port: null, isUrgent: true })).toEqual(UNKNOWN_ORIGIN)
    const { client, ours: other } = await open()
    other.destroy()
    await finder.find(other, { port: null, isUrgent: true })
    expect(families).toEqual([4])
    client.destroy()
  })

  test('in a flood the rest is longer', async () => {
    const finder = createOriginFinder(slowly)
    const findAll = async (count: number): Promise<number> => {
      const pairs: Awaited<ReturnType<typeof open>>[] = []
      while (pairs.length < count) pairs.push(await open())
      const begin = performance.now()
      await Promise.all(pairs.map(({ ours }) => finder.find(ours, { port: null, isUrgent: false })))
      for (const { client } of pairs) client.destroy()
      return performance.now() - begin
    }
    await findAll(40)
    // A reading takes 20 ms: forty-nine times that is more than the longest rest of half a second.
    expect(await findAll(1)).toBeGreaterThan(250)
  })

  test('between two readings there is a rest, unless a connection waits', async () => {
    const finder = createOriginFinder(slowly)
    const find = async (isUrgent: boolean): Promise<number> => {
      const { client, ours } = await open()
      const begin = performance.now()
      await finder.find(ours, { port: null, isUrgent })
      client.destroy()
      return performance.now() - begin
    }
    await find(false)
    const [urgent, patient] = [await find(true), await find(false)]
    // A reading takes 20 ms, a rest at most 100 ms.
    expect(patient).toBeGreaterThan(urgent)
    expect(patient).toBeGreaterThan(70)
  })
})

async function* never(): AsyncGenerator<string> {
  await new Promise(() => undefined)
  yield ''
}

async function* slowly(family: 4 | 6): AsyncGenerator<string> {
  if (family === 4) await new Promise((resolve) => setTimeout(resolve, 20))
  yield `${HEADING}\n`
}
