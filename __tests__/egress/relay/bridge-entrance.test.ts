import { once } from 'node:events'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type BridgeOpening, parseBridgeOpening, renderBridgeOpening } from '../../../src/core/bridge-opening.ts'
import { readReply, renderQuestion } from '../../support/ask-dns.ts'
import { createRelayWorld, type RelayWorld } from '../../support/relay-world.ts'
import { waitUntil } from '../../support/wait-until.ts'

const BLANK = { address: null, port: null, uid: 1001, pid: 42, program: '/usr/bin/agent' } as const
const directory = mkdtempSync(join(tmpdir(), 'relay-bridge-'))
const socketPath = join(directory, 'bridge.sock')

let echo: Server
let port: number
let world: RelayWorld

beforeAll(async () => {
  echo = createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket))
  echo.listen(0, '127.0.0.1')
  await once(echo, 'listening')
  const address = echo.address()
  port = typeof address === 'object' && address !== null ? address.port : 0
  world = await createRelayWorld({
    rules: [`tcp://raw.test:${port}`],
    entrance: { kind: 'bridge', socketPath, forwardedPorts: [port] },
  })
  world.names.records.set('raw.test', { a: ['127.0.0.1'] })
})

afterAll(async () => {
  await world[Symbol.asyncDispose]()
  echo.close()
  rmSync(directory, { recursive: true })
})

const open = (opening: BridgeOpening, first: Buffer | string = ''): Socket => {
  const socket = connect({ path: socketPath, allowHalfOpen: true })
  socket.write(Buffer.concat([Buffer.from(renderBridgeOpening(opening)), Buffer.from(first)]))
  return socket
}

const askDns = async (name: string): Promise<string> => {
  const question = renderQuestion(name, 1)
  const socket = open({ ...BLANK, entrance: 'dns' }, Buffer.concat([Buffer.from([0, question.length]), question]))
  const [bytes] = (await once(socket, 'data')) as [Buffer]
  socket.destroy()
  return readReply(bytes.subarray(2)).addresses[0] ?? ''
}

describe('serveBridge()', () => {
  test('only the relay’s user can enter the socket', () => {
    expect(statSync(socketPath).mode & 0o777).toBe(0o600)
  })

  test('passes a connection to a looked-up name and names the program in the log', async () => {
    const socket = open({ ...BLANK, entrance: 'tcp', address: await askDns('raw.test'), port }, 'ping')
    socket.end()
    expect(await text(socket)).toBe('ping')
    const event = await waitUntil('it is logged', () => world.events.find(({ host }) => host === 'raw.test'))
    expect(event).toMatchObject({ verdict: 'allowed', uid: 1001, pid: 42, program: '/usr/bin/agent' })
    // The client's own bytes, without the line of the bridge.
    expect(event).toMatchObject({ bytesOut: 4, bytesIn: 4 })
  })

  test('forwards the ports of the run, and no other', async () => {
    const good = open({ ...BLANK, entrance: 'local', port }, 'local')
    good.end()
    expect(await text(good)).toBe('local')
    const bad = open({ ...BLANK, entrance: 'local', port: port === 1 ? 2 : 1 })
    expect(await text(bad)).toBe('')
  })

  test.each(['x', '{}\n', '{"entrance":"root"}\n', `${'x'.repeat(9000)}`, '{"entrance":"tcp","port":1}\n'])(
    'closes what opens with %j',
    async (line) => {
      const socket = connect(socketPath)
      socket.on('error', () => undefined)
      socket.end(line)
      await once(socket, 'close')
    },
  )
})

describe('parseBridgeOpening()', () => {
  const opening: BridgeOpening = { ...BLANK, entrance: 'tls', address: '198.18.0.9', port: 443 }

  test('reads what renderBridgeOpening() writes', () => {
    expect(parseBridgeOpening(renderBridgeOpening(opening).trimEnd())).toEqual(opening)
  })

  test.each<[object, Partial<BridgeOpening> | undefined]>([
    [{ uid: 0 }, { uid: 0 }],
    [
      { uid: -1, pid: 0, program: 7 },
      { uid: null, pid: null, program: null },
    ],
    [{ address: 'localhost' }, undefined],
    [{ port: 65_536 }, undefined],
    [{ port: '443' }, undefined],
    [
      { entrance: 'local', address: 'x' },
      { entrance: 'local', address: null },
    ],
    [{ entrance: 'guard' }, undefined],
  ])('with %j reads %j', (change, expected) => {
    const read = parseBridgeOpening(JSON.stringify({ ...opening, ...change }))
    if (expected === undefined) expect(read).toBeUndefined()
    else expect(read).toMatchObject(expected)
  })
})
