import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer, type Server, Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type Dialled, dialAddresses } from '../../../src/egress/relay/dial-addresses.ts'
import { DialError } from '../../../src/egress/relay/dial-error.ts'
import type { FarSide } from '../../../src/egress/relay/far-side.ts'

/** Listens on its own loopback address with a queue that is soon full, and never accepts once it is stopped. */
const DEAF = `require('net').createServer().listen({ port: Number(process.argv[1]), host: '127.0.0.2', backlog: 1 }, () => console.log('on'))`

let server: Server
let port: number
let deaf: ChildProcess
const held: Socket[] = []

beforeAll(async () => {
  server = createServer((socket) => void socket.on('error', () => undefined))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  port = typeof address === 'object' && address !== null ? address.port : 0
  deaf = spawn(process.execPath, ['-e', DEAF, String(port)], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(createInterface({ input: deaf.stdout as NodeJS.ReadableStream }), 'line')
  deaf.kill('SIGSTOP')
  for (let at = 0; at < 4; at += 1) held.push(connect(port, '127.0.0.2').on('error', () => undefined))
  await Promise.all(held.slice(0, 2).map((socket) => once(socket, 'connect')))
})

afterAll(() => {
  for (const socket of held) socket.destroy()
  deaf.kill('SIGKILL')
  server.close()
})

const dial = async (addresses: readonly string[], client = new Socket()): Promise<FarSide> => {
  const dialled = await new Promise<Dialled>((resolve) =>
    dialAddresses(addresses, { port, client, isStream: false }, resolve),
  )
  if (dialled instanceof DialError) throw dialled
  return dialled
}

describe('dialAddresses()', () => {
  test('goes on at once where an address refuses', async () => {
    const { socket } = await dial(['127.0.0.3', '127.0.0.1'])
    expect(socket.remoteAddress).toBe('127.0.0.1')
    socket.destroy()
  })

  test('an address that never answers does not keep the next one waiting', async () => {
    if (process.platform !== 'linux') return
    const { socket } = await dial(['127.0.0.2', '127.0.0.1'])
    expect(socket.remoteAddress).toBe('127.0.0.1')
    socket.destroy()
  })

  test('says why the first one failed when all do', async () => {
    await expect(dial(['127.0.0.3', '127.0.0.4'])).rejects.toMatchObject({ failure: 'ECONNREFUSED' })
  })

  test('a name without addresses is unresolvable', async () => {
    await expect(dial([])).rejects.toMatchObject({ reason: 'unresolvable' })
  })

  test('ends when nobody waits any more', async () => {
    const client = new Socket()
    const dialled = dial(['127.0.0.2'], client)
    client.destroy()
    await expect(dialled).rejects.toMatchObject({ failure: 'ETIMEDOUT' })
  })
})
