import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { connect, createServer, type Socket } from 'node:net'
import { describe, expect, test } from '@jest/globals'
import { measureIdleCpu } from '../../bench/soak/flatness.ts'
import type { RelayConfig } from '../../src/core/egress-config.ts'
import { Workshop } from '../support/credential-programs.ts'
import { open } from '../support/http-client.ts'
import { startRelayProcess } from '../support/relay-process.ts'
import { createScriptedUpstream } from '../support/scripted-upstream.ts'
import { upstreamOf } from '../support/sidecar-launch.ts'
import { waitUntil } from '../support/wait-until.ts'
import { Scene, TOKEN } from './support/scene.ts'

/** Processes that stop (SIGSTOP, a suspended container, a debugger) and go on (SIGCONT): nothing is lost, and nothing runs hot. */
const onLinux = process.platform === 'linux' ? describe : describe.skip

/** No process may use more of a core than this once it goes on and nobody asks for anything. */
const HOT = 0.3
const IDLE_MS = 700

async function expectCool(what: string, pids: readonly number[]): Promise<void> {
  // What has gathered while it stood still is worked off first.
  const share = await waitUntil('it is cool again', async () => {
    const now = await measureIdleCpu(pids, IDLE_MS)
    return now < HOT && { now }
  })
  process.stdout.write(`${what} after SIGCONT: ${(share.now * 100).toFixed(1)} % of a core\n`)
}

const isStopped = (pid: number): boolean => /^\S+ \(.*\) T/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))

async function freeze(pid: number): Promise<() => void> {
  process.kill(pid, 'SIGSTOP')
  await waitUntil('it is stopped', () => isStopped(pid))
  return () => process.kill(pid, 'SIGCONT')
}

/** True while a promise has no outcome after everybody else had a turn. */
async function isPending(promise: Promise<unknown>): Promise<boolean> {
  const nothing = Symbol('nothing')
  await new Promise((resolve) => setTimeout(resolve, 100))
  return (await Promise.race([promise, Promise.resolve(nothing)])) === nothing
}

onLinux('sidecar: a process that stops and goes on', () => {
  test('the worker: who asks meanwhile waits and is answered, a stream goes on where it was', async () => {
    const streams: ServerResponse[] = []
    await using upstream = await createScriptedUpstream({
      request: (request, response) => {
        if (request.url !== '/v1/stream') return void response.end('ok')
        streams.push(response)
        response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n')
      },
    })
    await using scene = await Scene.open({ origin: upstream.origin })
    const worker = await scene.sidecar.waitForWorker()
    const stream = await open(`${scene.sidecar.origin('openai')}/v1/stream`, { headers: TOKEN })
    let text = ''
    stream.on('data', (chunk) => {
      text += chunk
    })
    await waitUntil('the stream has begun', () => text !== '')
    const goOn = await freeze(worker)
    streams[0]?.end('data: 2\n\n')
    const asked = Array.from({ length: 20 }, () => scene.ask('/v1/models'))
    expect(await isPending(Promise.race(asked))).toBe(true)
    goOn()
    expect((await Promise.all(asked)).map(({ status }) => status)).toEqual(Array(20).fill(200))
    if (!stream.closed) await once(stream, 'close')
    expect([stream.complete, text]).toEqual([true, 'data: 1\n\ndata: 2\n\n'])
    expect(await scene.sidecar.waitForWorker()).toBe(worker)
    await expectCool('worker', [worker, scene.sidecar.pid])
  })

  test('the supervisor: streams under way go on, who comes new waits and is answered', async () => {
    const streams: ServerResponse[] = []
    await using upstream = await createScriptedUpstream({
      request: (request, response) => {
        if (request.url !== '/v1/stream') return void response.end('ok')
        streams.push(response)
        response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n')
      },
    })
    await using scene = await Scene.open({ origin: upstream.origin })
    const worker = await scene.sidecar.waitForWorker()
    const stream = await open(`${scene.sidecar.origin('openai')}/v1/stream`, { headers: TOKEN })
    let text = ''
    stream.on('data', (chunk) => {
      text += chunk
    })
    await waitUntil('the stream has begun', () => text !== '')
    const goOn = await freeze(scene.sidecar.pid)
    streams[0]?.end('data: 2\n\n')
    await once(stream, 'close')
    expect([stream.complete, text]).toEqual([true, 'data: 1\n\ndata: 2\n\n'])
    const asked = Array.from({ length: 20 }, () => scene.ask('/v1/models'))
    expect(await isPending(Promise.race(asked))).toBe(true)
    goOn()
    expect((await Promise.all(asked)).map(({ status }) => status)).toEqual(Array(20).fill(200))
    await expectCool('supervisor', [worker, scene.sidecar.pid])
  })

  test('the credential process: the credential that is held serves on, a renewal waits for it', async () => {
    await using shop = new Workshop()
    const program = shop.program(`import { appendFileSync, readFileSync } from 'node:fs'
      appendFileSync('runs', 'x')
      console.log('minted-' + readFileSync('runs').length)`)
    let refused = ''
    await using upstream = await createScriptedUpstream({
      request: ({ headers }, response) => {
        response
          .writeHead(headers.authorization === refused ? 401 : 200, { 'content-type': 'application/json' })
          .end('{}')
      },
    })
    await using scene = await Scene.open({
      origin: upstream.origin,
      providers: [
        {
          id: 'openai',
          upstream: upstreamOf(`${upstream.origin}/v1`),
          credential: { kind: 'command', argv: program, timeoutMs: 60_000, environmentNames: [] },
        },
      ],
      config: { workDirectory: shop.directory },
      secrets: { 'command-env.PATH': process.env.PATH ?? '' },
    })
    const isCredentialProcess = (pid: number): boolean =>
      !readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('/proc/net/tcp')
    const keeper = scene.sidecar.listChildren().find(isCredentialProcess) ?? 0
    const goOn = await freeze(keeper)
    expect((await scene.ask('/v1/models')).status).toBe(200)
    refused = 'Bearer minted-1'
    const asked = Array.from({ length: 10 }, () => scene.ask('/v1/models'))
    expect(await isPending(Promise.race(asked))).toBe(true)
    goOn()
    expect((await Promise.all(asked)).map(({ status }) => status)).toEqual(Array(10).fill(200))
    expect(readFileSync(shop.path('runs'), 'utf8')).toBe('xx')
    await expectCool('credential process', [keeper, scene.sidecar.pid])
    await scene.assertClean([{ name: 'minted', value: 'minted-1' }])
  })

  test.each([
    ['the runner’s process is gone', 'runner', 3_600_000],
    ['the maximum age is reached', 'age', 1500],
  ])(
    'the supervisor, while %s: the watchdog sees it at SIGCONT, and the sidecar ends',
    async (_what, word, maxAgeMs) => {
      const runner = spawn(process.execPath, ['-e', 'process.stdin.resume()'], { stdio: ['pipe', 'ignore', 'ignore'] })
      await once(runner, 'spawn')
      await using upstream = await createScriptedUpstream({})
      const watch = { pid: runner.pid ?? 0, startTime: null }
      const scene = await Scene.open({ origin: upstream.origin, config: { watch, maxAgeMs } })
      const started = performance.now()
      const goOn = await freeze(scene.sidecar.pid)
      runner.stdin.end()
      await once(runner, 'exit')
      await waitUntil('the maximum age is over', () => word === 'runner' || performance.now() - started > maxAgeMs)
      goOn()
      expect(await scene.sidecar.exited).toBe(0)
      expect(scene.sidecar.readEvents().at(-1)).toMatchObject({
        what: 'stopping',
        detail: expect.stringContaining(word),
      })
      await scene[Symbol.asyncDispose]()
    },
  )
})

onLinux('relay: a process that stops and goes on', () => {
  test('connections that are open go on, new ones wait and are served', async () => {
    const far = createServer((socket) => void socket.on('error', () => undefined).pipe(socket))
    far.listen(0, '127.0.0.1')
    await once(far, 'listening')
    const address = far.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const config: RelayConfig = {
      version: 1,
      runId: 'freeze',
      policy: {
        mode: 'block',
        hosts: [],
        addresses: [{ network: '127.0.0.1', port, origin: { kind: 'user', line: 1, text: 'x' } }],
        denied: [],
      },
      entrance: { kind: 'redirect' },
      nameservers: ['127.0.0.1:1'],
      hosts: '',
      upstreamProxy: null,
      ports: null,
    }
    await using relay = await startRelayProcess(config)
    const openTunnel = async (): Promise<Socket> => {
      const socket = connect(relay.ports.proxy, '127.0.0.1')
      socket.on('error', () => undefined)
      socket.write(`CONNECT 127.0.0.1:${port} HTTP/1.1\r\n\r\n`)
      await once(socket, 'data')
      return socket
    }
    const old = await openTunnel()
    const goOn = await freeze(relay.child.pid ?? 0)
    old.write('ping')
    const answered = once(old, 'data')
    const opened = openTunnel()
    expect(await isPending(Promise.race([answered, opened]))).toBe(true)
    goOn()
    expect(String((await answered)[0])).toBe('ping')
    const late = await opened
    late.write('pong')
    expect(String((await once(late, 'data'))[0])).toBe('pong')
    await expectCool('relay', [relay.child.pid ?? 0])
    old.destroy()
    late.destroy()
    far.close()
  })
})
