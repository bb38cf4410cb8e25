import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { devNull } from 'node:os'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { ListenerName } from '../../../src/sidecar/ipc.ts'
import { createWorkerProcess, type WorkerProcess } from '../../../src/sidecar/supervisor/worker-process.ts'

/**
 * A connection that arrives while its worker is dying must not be lost: without the hand-back its client waited for ever,
 * because nobody closed the socket (seen with SIGKILL and new connections at once).
 */
const MUTE = `process.on('message', () => {}); process.send({ kind: 'serving' })`
const TAKING = `process.on('message', ({ id }, socket) => {
  if (id === undefined) return
  process.send({ kind: 'taken', id })
  socket?.end('hello')
}); process.send({ kind: 'serving' })`

const log = openSync(devNull, 'w')
const server = createServer({ pauseOnConnect: true })
let accepted: Socket[] = []

beforeEach(async () => {
  accepted = []
  server.on('connection', (socket) => accepted.push(socket))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})

afterEach(() => {
  for (const socket of accepted) socket.destroy()
  server.removeAllListeners('connection')
  server.close()
})

interface Started {
  readonly worker: WorkerProcess
  readonly untaken: { readonly listener: ListenerName; readonly socket: Socket }[]
  readonly ended: Promise<string>
}

async function start(source: string): Promise<Started> {
  const serving = Promise.withResolvers<void>()
  const end = Promise.withResolvers<string>()
  const untaken: Started['untaken'] = []
  const worker = createWorkerProcess(
    { execPath: process.execPath, source, environment: {}, accessLogFd: log, readablePaths: [] },
    {
      onMessage: ({ kind }) => (kind === 'serving' ? serving.resolve() : undefined),
      onExit: (how) => end.resolve(how),
      onUntaken: (listener, socket) => untaken.push({ listener, socket }),
    },
  )
  await serving.promise
  return { worker, untaken, ended: end.promise }
}

/** A client and the server's end of its connection. */
async function openConnection(): Promise<{ readonly client: Socket; readonly socket: Socket }> {
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
  const [socket] = (await once(server, 'connection')) as [Socket]
  return { client, socket }
}

describe('createWorkerProcess()', () => {
  it('gives back, in order and open, the connections a killed worker did not take', async () => {
    const { worker, untaken, ended } = await start(MUTE)
    const pairs = [await openConnection(), await openConnection(), await openConnection()]
    worker.kill()
    for (const { socket } of pairs) worker.sendConnection('openai', socket)
    expect(await ended).toBe('signal SIGKILL')
    await Promise.resolve()
    expect(untaken.map(({ socket }) => socket)).toEqual(pairs.map(({ socket }) => socket))
    expect(untaken.every(({ socket, listener }) => !socket.destroyed && listener === 'openai')).toBe(true)
    for (const { client } of pairs) client.destroy()
  })

  it('closes its own end once a worker has taken a connection, and gives nothing back', async () => {
    const { worker, untaken, ended } = await start(TAKING)
    const { client, socket } = await openConnection()
    worker.sendConnection('copilot', socket)
    const [answer] = (await once(client, 'data')) as [Buffer]
    if (!socket.destroyed) await once(socket, 'close')
    expect(answer.toString()).toBe('hello')
    worker.kill()
    await ended
    expect(untaken).toEqual([])
    client.destroy()
  })
})

process.once('exit', () => closeSync(log))
