import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { afterAll, describe, expect, test } from '@jest/globals'
import type { RawConnection } from '../support/http-client.ts'
import { createScriptedUpstream, type ScriptedUpstream } from '../support/scripted-upstream.ts'
import { readResidentMiB } from '../support/sidecar.ts'
import { waitUntil } from '../support/wait-until.ts'
import { HEAD, Scene, useScene } from './support/scene.ts'

/** Clients that hold on to what they got: slow, silent, frozen or gone. Whoever else asks is served meanwhile, and memory is bounded. */
const onLinux = process.platform === 'linux' ? describe : describe.skip
const MIB = 1024 * 1024
const BLOCK = Buffer.alloc(64 * 1024, 'x')

let upstream: ScriptedUpstream
/** Answers of the endless kind that the upstream is still busy with. */
const endless = new Set<ServerResponse>()
let bodiesSeen = 0

function fill(response: ServerResponse): void {
  while (!response.destroyed && response.write(BLOCK));
  response.once('drain', () => fill(response))
}

const openScene = useScene.bind(undefined, async () => {
  upstream = await createScriptedUpstream({
    request: (request, response) => {
      request.on('data', () => {
        bodiesSeen += 1
      })
      if (request.url?.startsWith('/v1/endless') === true) {
        endless.add(response)
        response.once('close', () => endless.delete(response))
        response.writeHead(200, { 'content-type': 'application/octet-stream' })
        fill(response)
      } else request.on('end', () => response.end('ok')).resume()
    },
  })
  return Scene.open({ origin: upstream.origin })
})

onLinux('sidecar: clients that hold on', () => {
  const scene = openScene()
  afterAll(async () => upstream[Symbol.asyncDispose]())

  /** Asks as somebody else would, and gives the slowest of twenty answers in milliseconds. */
  async function serveOthers(): Promise<number> {
    let slowest = 0
    for (let count = 0; count < 20; count += 1) {
      const start = performance.now()
      const answer = await scene().ask('/v1/other')
      expect([answer.status, answer.text]).toEqual([200, 'ok'])
      slowest = Math.max(slowest, performance.now() - start)
    }
    return Math.round(slowest)
  }

  /** Opens clients that send the same beginning, and closes them at the end. */
  async function withCrowd(size: number, beginning: string, run: (crowd: readonly RawConnection[]) => Promise<void>) {
    const crowd = Array.from({ length: size }, () => scene().connect())
    try {
      await Promise.all(crowd.map(({ socket }) => (socket.connecting ? once(socket, 'connect') : undefined)))
      for (const client of crowd) client.send(beginning)
      await run(crowd)
    } finally {
      for (const { socket } of crowd) socket.destroy()
    }
  }

  const report = (what: string, text: string): void => void process.stdout.write(`${what}: ${text}\n`)

  test('500 heads and 200 bodies that come byte by byte: others are served, and nobody of them is cut off', async () => {
    const worker = await scene().sidecar.waitForWorker()
    const head = `POST /v1/slow HTTP/1.1\r\n${HEAD}Content-Length: 1000000\r\n\r\n`
    const before = readResidentMiB(worker)
    await withCrowd(500, 'POST /v1/slow HTTP/1.1\r\nHo', async (heads) => {
      await withCrowd(200, head, async (bodies) => {
        for (let byte = 0; byte < 10; byte += 1) {
          for (const client of heads) client.send('s')
          for (const client of bodies) client.send('b')
          await new Promise(setImmediate)
        }
        await waitUntil('the upstream has bytes of the slow bodies', () => bodiesSeen >= 200)
        const slowest = await serveOthers()
        const grown = readResidentMiB(worker) - before
        report('700 slow clients', `slowest other answer ${slowest} ms, worker +${grown.toFixed(0)} MiB`)
        expect([...heads, ...bodies].filter(({ isClosed }) => isClosed)).toEqual([])
        expect(grown).toBeLessThan(100)
      })
    })
    await serveOthers()
  })

  test('40 clients that never read an endless answer: the upstream is held back, and memory is bounded', async () => {
    const worker = await scene().sidecar.waitForWorker()
    const before = readResidentMiB(worker)
    await withCrowd(40, '', async (crowd) => {
      for (const { socket } of crowd) socket.pause()
      for (const client of crowd) client.send(`GET /v1/endless HTTP/1.1\r\n${HEAD}\r\n`)
      await waitUntil('all answers have begun', () => endless.size === 40)
      await waitUntil('every answer is held back', () => [...endless].every((response) => response.writableNeedDrain))
      const slowest = await serveOthers()
      const grown = readResidentMiB(worker) - before
      report('40 clients that never read', `slowest other answer ${slowest} ms, worker +${grown.toFixed(0)} MiB`)
      // 40 endless answers of which each client's connection holds a few MiB in the kernel, and the worker next to nothing.
      expect(grown).toBeLessThan(100)
    })
    await waitUntil('the upstream’s answers have ended with their clients', () => endless.size === 0)
  })

  test('a client that is frozen with 30 answers under way, and then killed: nothing of it is left', async () => {
    const program = `
      const { connect } = require('node:net')
      for (let at = 0; at < 30; at += 1) {
        const socket = connect(${scene().port}, '127.0.0.1')
        socket.write(${JSON.stringify(`GET /v1/endless HTTP/1.1\r\n${HEAD}\r\n`)})
        socket.on('data', () => {})
      }`
    const frozen = spawn(process.execPath, ['-e', program], { stdio: 'ignore' })
    try {
      await waitUntil('its answers have begun', () => endless.size === 30)
      frozen.kill('SIGSTOP')
      await waitUntil('every answer is held back', () => [...endless].every((response) => response.writableNeedDrain))
      report('30 answers to a frozen client', `slowest other answer ${await serveOthers()} ms`)
      expect(endless.size).toBe(30)
    } finally {
      frozen.kill('SIGKILL')
    }
    await once(frozen, 'exit')
    await waitUntil('the upstream’s answers have ended with their client', () => endless.size === 0)
    await serveOthers()
  })

  test('100 uploads that their clients abort at once: the upstream sees each of them end', async () => {
    const seen = upstream.heads.length
    await withCrowd(100, `POST /v1/left HTTP/1.1\r\n${HEAD}Content-Length: ${8 * MIB}\r\n\r\nbegin`, async (crowd) => {
      await waitUntil('all are under way', () => upstream.heads.length === seen + 100)
      for (const { socket } of crowd) socket.resetAndDestroy()
    })
    await waitUntil('all have ended', () => upstream.heads.slice(seen).every(({ destroyed }) => destroyed))
    const events = () =>
      scene()
        .sidecar.readEvents()
        .filter((event) => event.kind === 'request' && event.path === '/v1/left')
    await waitUntil('all are in the log', () => events().length === 100)
    expect(new Set(events().map((event) => event.kind === 'request' && event.outcome))).toEqual(
      new Set(['client-aborted']),
    )
    await serveOthers()
  })

  test('2,000 connections at once, without a byte: others are served, and all of them are still there', async () => {
    await withCrowd(2000, '', async (crowd) => {
      report('2,000 idle connections', `slowest other answer ${await serveOthers()} ms`)
      expect(crowd.filter(({ isClosed }) => isClosed)).toEqual([])
      // One of them asks at last.
      const last = crowd.at(-1)
      last?.send(`GET /v1/late HTTP/1.1\r\n${HEAD}Connection: close\r\n\r\n`)
      expect(await last?.waitForClose()).toMatch(/^HTTP\/1\.1 200 /)
    })
    await serveOthers()
  })
})
