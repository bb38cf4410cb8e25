import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { RelayConfig } from '../../../src/core/egress-config.ts'
import type { Hostname } from '../../../src/core/hostname.ts'
import { askOverTcp, askOverUdp, readReply, renderQuestion } from '../../support/ask-dns.ts'
import { startRelayProcess } from '../../support/relay-process.ts'
import { waitUntil } from '../../support/wait-until.ts'

let far: Server
let port: number

beforeAll(async () => {
  far = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.pipe(socket)
  })
  far.listen({ port: 0, host: '127.0.0.1', backlog: 2048 })
  await once(far, 'listening')
  const address = far.address()
  port = typeof address === 'object' && address !== null ? address.port : 0
})

afterAll(() => void far.close())

const config = (over: Partial<RelayConfig> = {}): RelayConfig => ({
  version: 1,
  runId: 'survival',
  policy: {
    mode: 'block',
    hosts: [
      {
        kind: 'host',
        name: 'echo.example.com' as Hostname,
        scheme: 'tcp',
        port,
        mayBePrivate: false,
        origin: { kind: 'user', line: 1, text: 'x' },
      },
    ],
    addresses: [{ network: '127.0.0.1', port, origin: { kind: 'user', line: 2, text: 'y' } }],
    denied: [],
  },
  entrance: { kind: 'redirect' },
  nameservers: ['127.0.0.1:1'],
  hosts: '',
  upstreamProxy: null,
  ports: null,
  ...over,
})

const openTunnel = async (proxy: number): Promise<Socket> => {
  const socket = connect(proxy, '127.0.0.1')
  socket.on('error', () => undefined)
  socket.write(`CONNECT 127.0.0.1:${port} HTTP/1.1\r\n\r\n`)
  await once(socket, 'data')
  return socket
}

const echo = async (proxy: number): Promise<string> => {
  const socket = await openTunnel(proxy)
  socket.write('ping')
  const [bytes] = (await once(socket, 'data')) as [Buffer]
  socket.destroy()
  return String(bytes)
}

const isLinux = process.platform === 'linux'

describe('entry/relay', () => {
  test('listens, answers DNS both ways, relays, and ends at SIGTERM with what is open in the log', async () => {
    await using relay = await startRelayProcess(config())
    expect(Object.values(relay.ports).every((each) => each > 0)).toBe(true)
    expect((await askOverTcp(relay.ports.dnsTcp, 'a.example.com', 1)).addresses[0]).toMatch(/^198\.1[89]\./)
    const reply = readReply(await askOverUdp(relay.ports.dnsUdp, renderQuestion('a.example.com', 1)))
    expect(reply.addresses[0]).toMatch(/^198\.1[89]\./)
    expect(await echo(relay.ports.proxy)).toBe('ping')
    await openTunnel(relay.ports.proxy)
    relay.child.kill('SIGTERM')
    expect((await once(relay.child, 'close'))[0]).toBe(0)
    expect(relay.replies.filter((each) => each.kind === 'event')).toHaveLength(2)
  })

  test('knows the client’s uid and inode', async () => {
    if (!isLinux) return
    await using relay = await startRelayProcess(config())
    const socket = await openTunnel(relay.ports.proxy)
    const opened = await waitUntil('it is told', () => relay.replies.find((each) => each.kind === 'opened'))
    socket.destroy()
    const reply = await waitUntil('it is logged', () => relay.replies.find((each) => each.kind === 'event'))
    expect(reply).toMatchObject({ event: { uid: process.getuid?.() }, inode: opened.inode })
  })

  test('a relay that is killed answers on the same ports again', async () => {
    const first = await startRelayProcess(config())
    first.child.kill('SIGKILL')
    await once(first.child, 'close')
    await using second = await startRelayProcess(config({ ports: first.ports }))
    expect(second.ports).toEqual(first.ports)
    expect(await echo(second.ports.proxy)).toBe('ping')
  })

  test('fails with a reason when a preferred port is taken, without repeating the proxy’s password', async () => {
    await using first = await startRelayProcess(config())
    const upstreamProxy = { url: 'http://me:geheim@proxy.test:1', noProxy: '' }
    const second = startRelayProcess(config({ ports: first.ports, upstreamProxy }))
    const error = await second.then(String, String)
    expect(error).toContain('EADDRINUSE')
    expect(error).not.toContain('geheim')
  })

  test('1,500 idle connections do not hinder another one', async () => {
    await using relay = await startRelayProcess(config())
    const idle = await Promise.all(Array.from({ length: 1500 }, () => openTunnel(relay.ports.proxy)))
    expect(await echo(relay.ports.proxy)).toBe('ping')
    expect(idle.every((socket) => !socket.destroyed)).toBe(true)
    for (const socket of idle) socket.destroy()
  }, 180_000)

  test('survives a flood beyond its descriptors', async () => {
    if (!isLinux) return
    await using relay = await startRelayProcess(config(), 'ulimit -n 256;')
    const flood = Array.from({ length: 600 }, () => {
      const socket = connect(relay.ports.proxy, '127.0.0.1')
      socket.on('error', () => undefined)
      socket.write(`CONNECT 127.0.0.1:${port} HTTP/1.1\r\n\r\n`)
      return socket
    })
    await waitUntil('some are refused', () => flood.some((socket) => socket.closed))
    for (const socket of flood) socket.destroy()
    expect(await waitUntil('it works again', () => echo(relay.ports.proxy).catch(() => undefined))).toBe('ping')
    expect(relay.child.exitCode).toBeNull()
  })

  test('survives resets at every byte of a head', async () => {
    await using relay = await startRelayProcess(config())
    const head = `CONNECT 127.0.0.1:${port} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\nping`
    for (const door of ['tls', 'http', 'tcp', 'proxy', 'dnsTcp'] as const) {
      for (let cut = 0; cut <= head.length; cut += 1) {
        const socket = connect(relay.ports[door], '127.0.0.1')
        socket.on('error', () => undefined)
        await once(socket, 'connect')
        if (cut > 0) socket.write(head.slice(0, cut))
        socket.resetAndDestroy()
      }
    }
    expect(await echo(relay.ports.proxy)).toBe('ping')
  })

  test('ends when the keeper at the other end of its socket is gone: it would serve without a log', async () => {
    await using relay = await startRelayProcess(config())
    const open = await openTunnel(relay.ports.proxy)
    relay.child.stdio[3]?.destroy()
    expect(await once(relay.child, 'exit')).toEqual([0, null])
    open.destroy()
  })

  test('the reader of a pipe that has gone does not stop the traffic', async () => {
    const fifo = join(mkdtempSync(join(tmpdir(), 'relay-')), 'replies')
    await using relay = await startRelayProcess(config(), `mkfifo ${fifo}; head -n 1 <${fifo} >&3 & exec 3>${fifo};`)
    for (let count = 0; count < 50; count += 1) expect(await echo(relay.ports.proxy)).toBe('ping')
  })
})
