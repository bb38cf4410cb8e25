import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { spliceSockets } from '../../../src/sidecar/worker/splice-sockets.ts'
import { waitUntil } from '../../support/wait-until.ts'

let server: Server
let opened: Socket[] = []

beforeAll(async () => {
  server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})

afterAll(() => void server.close())

beforeEach(() => {
  for (const socket of opened.splice(0)) socket.destroy()
  opened = []
})

/** Both ends of one connection: the far one is the test's, the near one is spliced. */
async function openPair(): Promise<{ readonly far: Socket; readonly near: Socket }> {
  const far = connect((server.address() as AddressInfo).port, '127.0.0.1')
  const [near] = (await once(server, 'connection')) as [Socket]
  far.on('error', () => undefined)
  opened.push(far, near)
  return { far, near }
}

async function openTunnel() {
  const [client, upstream] = [await openPair(), await openPair()]
  const counted = { fromClient: 0, fromUpstream: 0, closes: 0 }
  const closed = Promise.withResolvers<void>()
  const count = (name: 'fromClient' | 'fromUpstream') => (chunk: Buffer) => {
    counted[name] += chunk.length
    return chunk
  }
  spliceSockets(
    { socket: client.near, onBytes: count('fromClient') },
    { socket: upstream.near, onBytes: count('fromUpstream') },
    () => {
      counted.closes += 1
      closed.resolve()
    },
  )
  return { client: client.far, upstream: upstream.far, counted, closed: closed.promise }
}

describe('spliceSockets()', () => {
  test('passes bytes both ways as they are and shows them to the meters', async () => {
    const { client, upstream, counted } = await openTunnel()
    client.write('question')
    expect(String((await once(upstream, 'data'))[0])).toBe('question')
    upstream.write('answer')
    expect(String((await once(client, 'data'))[0])).toBe('answer')
    expect(counted).toMatchObject({ fromClient: 8, fromUpstream: 6 })
  })

  test('holds the sender back while the receiver does not read, and loses nothing', async () => {
    const { client, upstream, counted } = await openTunnel()
    const sent = randomBytes(24 * 1024 * 1024)
    upstream.pause()
    client.write(sent)
    let [before, quiet] = [-1, 0]
    await waitUntil('nothing moves any more', () => {
      quiet = counted.fromClient === before ? quiet + 1 : 0
      before = counted.fromClient
      return quiet > 20
    })
    expect(counted.fromClient).toBeLessThan(sent.length)
    const received: Buffer[] = []
    upstream.on('data', (chunk: Buffer) => received.push(chunk))
    upstream.resume()
    client.end()
    await once(upstream, 'end')
    expect(Buffer.concat(received).equals(sent)).toBe(true)
  })

  test.each(['client', 'upstream'] as const)(
    'an end of the %s arrives behind its last bytes and ends both',
    async (side) => {
      const tunnel = await openTunnel()
      const [from, to] = side === 'client' ? [tunnel.client, tunnel.upstream] : [tunnel.upstream, tunnel.client]
      const received: Buffer[] = []
      to.on('data', (chunk: Buffer) => received.push(chunk))
      from.end('last words')
      await once(to, 'end')
      to.end()
      await tunnel.closed
      expect([Buffer.concat(received).toString(), tunnel.counted.closes]).toEqual(['last words', 1])
    },
  )

  test.each(['client', 'upstream'] as const)(
    'a reset of the %s destroys the other side, also while it is paused',
    async (side) => {
      const tunnel = await openTunnel()
      const [from, to] = side === 'client' ? [tunnel.client, tunnel.upstream] : [tunnel.upstream, tunnel.client]
      from.pause()
      to.write(Buffer.alloc(16 * 1024 * 1024))
      const gone = new Promise((resolve) => to.once('close', resolve))
      from.resetAndDestroy()
      await gone
      await tunnel.closed
      expect(tunnel.counted.closes).toBe(1)
    },
  )
})
