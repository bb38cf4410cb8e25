import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, test } from '@jest/globals'
import { createDial } from '../../../src/sidecar/worker/dial.ts'
import { ConnectionPool } from '../../../src/sidecar/worker/upstream/connection-pool.ts'
import { createScriptedUpstream } from '../../support/scripted-upstream.ts'
import { upstreamOf } from '../../support/sidecar-launch.ts'
import { waitUntil } from '../../support/wait-until.ts'

const nothing = (): void => undefined

function send(pool: ConnectionPool): Promise<void> {
  const ended = Promise.withResolvers<void>()
  pool.dispatch(
    { method: 'GET', path: '/', authority: 'a.test', headers: [], body: null },
    {
      ...{ onRequestStart: nothing, onResponseStart: nothing, onResponseData: nothing },
      onResponseEnd: () => ended.resolve(),
      onResponseError: (_control, error) => ended.reject(error),
    },
  )
  return ended.promise
}

describe('ConnectionPool', () => {
  test('keeps nothing of a connection that the upstream has closed unused', async () => {
    const waiting: ServerResponse[] = []
    await using upstream = await createScriptedUpstream({ request: (_request, response) => waiting.push(response) })
    const dial = createDial({ timeoutMs: 10_000, secureContext: undefined, highWaterMark: 65_536 })
    const opened: WeakRef<Socket>[] = []
    const connectOne = async (
      ...[to, reader]: Parameters<ConstructorParameters<typeof ConnectionPool>[1]['connect']>
    ) => {
      const socket = await dial(to, { reader })
      opened.push(new WeakRef(socket))
      return socket
    }
    const pool = new ConnectionPool(upstreamOf(upstream.origin), {
      connect: connectOne,
      idleTimeoutMs: 0,
      keepAliveMs: 60_000,
    })
    const peak = Array.from({ length: 8 }, () => send(pool))
    await upstream.waitForHead(8)
    for (const response of waiting) response.end()
    await Promise.all(peak)
    for (const { socket } of upstream.heads) socket.destroy()
    setFlagsFromString('--expose-gc')
    const collect: () => void = runInNewContext('gc')
    await waitUntil('the connections are given back', () => {
      collect()
      return opened.every((ref) => ref.deref() === undefined)
    })
    expect(upstream.connectionCount()).toBe(8)
  })
})
