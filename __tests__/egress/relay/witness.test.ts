import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { Writable } from 'node:stream'
import { describe, expect, test } from '@jest/globals'
import { createReplyChannel } from '../../../src/egress/relay/reply-channel.ts'
import { createWitness, type Witness } from '../../../src/egress/relay/witness.ts'
import { waitUntil } from '../../support/wait-until.ts'

/** Both ends of a socket: what the relay has as its descriptor 3, and what the guard has of it. */
class Channel {
  readonly relayEnd: Socket
  readonly guardEnd: Socket
  heard = ''

  private constructor(relayEnd: Socket, guardEnd: Socket) {
    this.relayEnd = relayEnd
    this.guardEnd = guardEnd
    guardEnd.on('data', (chunk) => {
      this.heard += String(chunk)
    })
  }

  static async open(): Promise<Channel> {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const relayEnd = connect(typeof address === 'object' ? (address?.port ?? 0) : 0, '127.0.0.1')
    const [guardEnd] = (await once(server, 'connection')) as [Socket]
    server.close()
    return new Channel(relayEnd, guardEnd)
  }

  hears(inode: number): Promise<unknown> {
    return waitUntil(`the guard hears of ${inode}`, () => this.heard.includes(`"inode":${inode}}`))
  }

  [Symbol.dispose](): void {
    this.relayEnd.destroy()
    this.guardEnd.destroy()
  }
}

/** Whether the wait is over, at each moment. */
function watch(wait: Promise<void>): { isOver: boolean } {
  const watched = { isOver: false }
  void wait.then(() => {
    watched.isOver = true
  })
  return watched
}

const tell = (witness: Witness, inode: number): { isOver: boolean } => watch(witness.tell(inode)())

describe('createWitness()', () => {
  test('waits for the answer about just this client', async () => {
    using channel = await Channel.open()
    const witness = createWitness(createReplyChannel(channel.relayEnd))
    const first = witness.tell(11)
    const second = witness.tell(12)
    await channel.hears(12)
    channel.guardEnd.write('12\n')
    await second()
    const waiting = watch(first())
    await new Promise((resolve) => setImmediate(resolve))
    expect(waiting.isOver).toBe(false)
    channel.guardEnd.write('11\n')
    await first()
  })

  test('an answer that came before anybody waited counts', async () => {
    using channel = await Channel.open()
    const witness = createWitness(createReplyChannel(channel.relayEnd))
    const wait = witness.tell(11)
    await channel.hears(11)
    channel.guardEnd.write('words\n11\n')
    await wait()
    await wait()
  })

  test('a witness that never answers delays a refusal, and no more', async () => {
    using channel = await Channel.open()
    const witness = createWitness(createReplyChannel(channel.relayEnd))
    await witness.tell(11)()
    expect(channel.guardEnd.bytesWritten).toBe(0)
  })

  test('of too many that wait, the oldest wait no longer', async () => {
    using channel = await Channel.open()
    const witness = createWitness(createReplyChannel(channel.relayEnd))
    const first = tell(witness, 0)
    for (let inode = 1; inode < 4096; inode += 1) witness.tell(inode)
    await new Promise((resolve) => setImmediate(resolve))
    expect(first.isOver).toBe(false)
    witness.tell(4096)
    await new Promise((resolve) => setImmediate(resolve))
    expect(first.isOver).toBe(true)
  })

  test('over a pipe that goes one way nobody waits', async () => {
    const lines: string[] = []
    const stream = new Writable({
      write: (chunk, _encoding, done) => {
        lines.push(String(chunk))
        done()
      },
    })
    await createWitness(createReplyChannel(stream)).tell(11)()
    expect(lines).toEqual(['{"kind":"opened","inode":11}\n'])
  })
})
