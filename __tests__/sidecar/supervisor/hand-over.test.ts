import type { Socket } from 'node:net'
import { PassThrough } from 'node:stream'
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { createHandOver } from '../../../src/sidecar/supervisor/hand-over.ts'

/** A worker that reads nothing but what the test lets it. */
function createChild() {
  const sent: { readonly kind: string; readonly id?: number; readonly upTo?: number }[] = []
  const child = { connected: true, send: (message: (typeof sent)[number]) => sent.push(message) > 0 }
  return { sent, handOver: createHandOver(child as unknown as Parameters<typeof createHandOver>[0]) }
}

const createSocket = (): Socket => new PassThrough() as unknown as Socket

beforeEach(() => void jest.useFakeTimers())
afterEach(() => void jest.useRealTimers())

describe('createHandOver()', () => {
  test('asks nobody for what was taken', () => {
    const { sent, handOver } = createChild()
    handOver.give('openai', createSocket())
    handOver.taken(1)
    jest.advanceTimersByTime(10_000)
    expect(sent).toEqual([{ kind: 'connection', listener: 'openai', id: 1 }])
  })

  test('hands over again what the worker has not got, and closes it when that does not help', () => {
    const { sent, handOver } = createChild()
    const socket = createSocket()
    handOver.give('openai', socket)
    const attempts = () => sent.filter(({ kind }) => kind === 'connection').length
    for (let round = 1; round <= 5; round += 1) {
      expect([attempts(), socket.destroyed]).toEqual([round, false])
      jest.advanceTimersByTime(1000)
      handOver.present(sent.at(-1)?.upTo ?? 0)
    }
    expect([attempts(), socket.destroyed]).toEqual([5, true])
  })

  test('takes nothing away from a worker that does not answer, and gives all of it back when it dies', () => {
    const { sent, handOver } = createChild()
    const sockets = [createSocket(), createSocket()]
    for (const socket of sockets) handOver.give('openai', socket)
    jest.advanceTimersByTime(60_000)
    expect(sent.filter(({ kind }) => kind === 'roll-call')).toEqual([{ kind: 'roll-call', upTo: 2 }])
    const back: Socket[] = []
    handOver.giveBack((_listener, socket) => back.push(socket))
    expect(back).toEqual(sockets)
    expect(sockets.map(({ destroyed }) => destroyed)).toEqual([false, false])
  })

  test('leaves alone what came after the call', () => {
    const { sent, handOver } = createChild()
    const [early, late] = [createSocket(), createSocket()]
    handOver.give('openai', early)
    jest.advanceTimersByTime(1000)
    handOver.give('openai', late)
    handOver.present(1)
    const ids = sent.filter(({ kind }) => kind === 'connection').map(({ id }) => id)
    expect([ids, late.destroyed]).toEqual([[1, 2, 3], false])
  })
})
