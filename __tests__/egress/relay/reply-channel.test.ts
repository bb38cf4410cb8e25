import { Writable } from 'node:stream'
import { describe, expect, test } from '@jest/globals'
import type { RelayReply } from '../../../src/core/egress-config.ts'
import { createReplyChannel } from '../../../src/egress/relay/reply-channel.ts'
import { waitUntil } from '../../support/wait-until.ts'

/** A reader that takes nothing until it is told to. */
function createSlowReader() {
  const chunks: string[] = []
  let isOpen = false
  let goOn = (): void => undefined
  const stream = new Writable({
    decodeStrings: false,
    write(chunk, _encoding, done) {
      chunks.push(String(chunk))
      if (isOpen) setImmediate(done)
      else goOn = done
    },
  })
  return {
    stream,
    open(): void {
      isOpen = true
      goOn()
    },
    chunks,
    read: (): readonly RelayReply[] =>
      chunks
        .join('')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as RelayReply),
  }
}

const event = (host: string): RelayReply => ({
  kind: 'event',
  inode: null,
  event: {
    kind: 'egress',
    time: '2026-01-01T00:00:00.000Z',
    verdict: 'allowed',
    protocol: 'tls',
    host,
    port: 443,
    address: null,
    uid: null,
    pid: null,
    program: null,
    bytesOut: 1,
    bytesIn: 1,
    ms: 1,
  },
})

const LONG = 'x'.repeat(64 * 1024)

describe('createReplyChannel()', () => {
  test('a slow reader costs lines, not memory, and is told how many', async () => {
    const reader = createSlowReader()
    const channel = createReplyChannel(reader.stream)
    for (let at = 0; at < 200; at += 1) channel.send(event(LONG))
    expect(reader.stream.writableLength).toBeLessThan(5 * 1024 * 1024)
    reader.open()
    await channel.close()
    const replies = reader.read()
    const lost = replies.flatMap((reply) =>
      reply.kind === 'event' && reply.event.kind === 'lifecycle' ? [reply.event] : [],
    )
    expect(lost).toEqual([expect.objectContaining({ what: 'log-incomplete', lines: 200 - (replies.length - 1) })])
  })

  test('what is no event is never dropped', async () => {
    const reader = createSlowReader()
    const channel = createReplyChannel(reader.stream)
    for (let at = 0; at < 100; at += 1) channel.send(event(LONG))
    channel.send({ kind: 'opened', inode: 4711 })
    reader.open()
    await channel.close()
    expect(reader.read()).toContainEqual({ kind: 'opened', inode: 4711 })
  })

  test('a lone line goes out at once, those that follow within a moment in one write', async () => {
    const reader = createSlowReader()
    reader.open()
    const channel = createReplyChannel(reader.stream)
    channel.send(event('a.test'))
    expect(reader.chunks).toHaveLength(1)
    for (const host of ['b.test', 'c.test', 'd.test']) channel.send(event(host))
    await waitUntil('the moment is over', () => reader.chunks.length > 1)
    expect(reader.chunks).toHaveLength(2)
    expect(
      reader.read().map((reply) => (reply.kind === 'event' && 'host' in reply.event ? reply.event.host : '')),
    ).toEqual(['a.test', 'b.test', 'c.test', 'd.test'])
    await channel.close()
  })

  test('who asks a question does not wait for the lines before it, and comes behind them', async () => {
    const reader = createSlowReader()
    const channel = createReplyChannel(reader.stream)
    for (const host of ['a.test', 'b.test']) channel.send(event(host))
    channel.send({ kind: 'opened', inode: 7 })
    reader.open()
    await channel.close()
    expect(reader.read().map(({ kind }) => kind)).toEqual(['event', 'event', 'opened'])
  })

  test('a reader that is gone is no reason to wait', async () => {
    const stream = new Writable({ write: (_chunk, _encoding, done) => done(new Error('gone')) })
    const channel = createReplyChannel(stream)
    channel.send(event('a.test'))
    channel.send(event('b.test'))
    await channel.close()
    expect(stream.destroyed).toBe(true)
  })
})
