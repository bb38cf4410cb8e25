import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { afterEach, describe, expect, test } from '@jest/globals'
import { adoptSocket, SocketReader } from '../../../src/sidecar/worker/wire/socket-reader.ts'
import { isCongested, writeBytes, writeFramed } from '../../../src/sidecar/worker/wire/write-bytes.ts'

const servers: Server[] = []
const sockets: Socket[] = []
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy()
  for (const server of servers.splice(0)) server.close()
})

/** Connects a test's end to an end that is adopted with the reader given. */
async function openPair(reader: SocketReader): Promise<{ readonly far: Socket; readonly near: Socket }> {
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true })
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const far = connect((server.address() as AddressInfo).port, '127.0.0.1')
  const [given] = (await once(server, 'connection')) as [Socket]
  const near = adoptSocket(given, reader, 64 * 1024)
  for (const socket of [far, near]) socket.on('error', () => undefined)
  sockets.push(far, near)
  near.once('close', () => reader.close())
  return { far, near }
}

type Write = (socket: Socket, bytes: Buffer) => void

/** Passes everything that comes at one connection on to another, with backpressure. */
async function createRelay(write: Write) {
  const reader = new SocketReader(() => undefined)
  const source = await openPair(reader)
  const target = await openPair(new SocketReader(() => undefined))
  reader.onBytes = (bytes) => {
    write(target.near, bytes)
    if (isCongested(target.near)) source.near.pause()
  }
  target.near.on('drain', () => source.near.resume())
  source.near.once('end', () => target.near.end())
  return { source: source.far, target: target.far }
}

const digest = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

async function readAll(socket: Socket, pause: boolean): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of socket) {
    chunks.push(chunk)
    // A reader that is slower than the writer: what is written must wait in memory that nobody reads into.
    if (pause && chunks.length % 8 === 0) await new Promise(setImmediate)
  }
  return Buffer.concat(chunks)
}

const FRAME = Buffer.from('<>')
const framed: Write = (socket, bytes) => writeFramed(socket, bytes, { before: '<', after: '>' })

describe('adoptSocket() and writeBytes()', () => {
  test.each<[string, Write, boolean]>([
    ['as they are', writeBytes, false],
    ['as they are, to a slow reader', writeBytes, true],
    ['in frames, to a slow reader', framed, true],
  ])('several relays at once pass on every byte %s', async (_name, write, isSlow) => {
    await Promise.all(
      [70_000, 3_000_000, 12_000_000, 20_000_000].map(async (size) => {
        const { source, target } = await createRelay(write)
        const sent = Buffer.from(randomBytes(size / 2).toString('hex'))
        source.end(sent)
        const received = await readAll(target, isSlow)
        const bare = write === writeBytes ? received : Buffer.from(received.filter((byte) => !FRAME.includes(byte)))
        expect(digest(bare)).toBe(digest(sent))
        source.destroy()
      }),
    )
  })

  test('small pieces that are passed on together stay what they were', async () => {
    const { source, target } = await createRelay(framed)
    const pieces = Array.from({ length: 500 }, (_, index) => String(index).padStart(4, '0'))
    for (const piece of pieces) {
      source.write(piece)
      await new Promise(setImmediate)
    }
    source.end()
    expect((await readAll(target, true)).toString('latin1').replaceAll(/[<>]/g, '')).toBe(pieces.join(''))
  })

  test('a socket that has gone already is taken as it is', async () => {
    const reader = new SocketReader(() => undefined)
    const { near, far } = await openPair(reader)
    near.destroy()
    expect(adoptSocket(near, new SocketReader(() => undefined), 1024)).toBe(near)
    far.destroy()
  })
})
