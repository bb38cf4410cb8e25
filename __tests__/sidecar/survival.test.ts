import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { ask, open, RawConnection } from '../support/http-client.ts'
import { createScriptedUpstream, type ScriptedUpstream } from '../support/scripted-upstream.ts'
import { isRunning, type Sidecar, startSidecar } from '../support/sidecar.ts'
import { CONTROL_TOKEN, RUN_TOKENS, upstreamOf } from '../support/sidecar-launch.ts'
import { waitUntil } from '../support/wait-until.ts'

const token = { authorization: `Bearer ${RUN_TOKENS.other}` }
const HEAD = `Host: 127.0.0.1\r\nAuthorization: Bearer ${RUN_TOKENS.other}\r\n`

/** `/v1/stream` stays open, everything else answers at once and costs 7 tokens. */
function createUpstream(): Promise<ScriptedUpstream> {
  return createScriptedUpstream({
    request: (request, response) => {
      request.resume()
      if (request.url === '/v1/stream') {
        response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n')
        return
      }
      const body = { model: 'gpt-x', usage: { prompt_tokens: 5, completion_tokens: 2 } }
      response.setHeader('content-type', 'application/json').end(JSON.stringify(body))
    },
  })
}

const openai = (upstream: ScriptedUpstream) => [
  { id: 'openai' as const, upstream: upstreamOf(`${upstream.origin}/v1`) },
]

async function readReport(sidecar: Sidecar) {
  const headers = { authorization: `Bearer ${CONTROL_TOKEN}` }
  const { text } = await ask(`http://127.0.0.1:${sidecar.managementPort}/report`, { headers })
  return JSON.parse(text).report
}

const post = (sidecar: Sidecar) =>
  ask(`${sidecar.origin('openai')}/v1/chat/completions`, { method: 'POST', headers: token })

// Workers are found, and their memory read, through /proc.
const onLinux = process.platform === 'linux' ? describe : describe.skip

onLinux('sidecar: a worker that dies', () => {
  test('in a stream breaks that stream off, and the same port answers the next request', async () => {
    await using upstream = await createUpstream()
    await using sidecar = await startSidecar({ providers: openai(upstream) })
    const worker = await sidecar.waitForWorker()
    const stream = await open(`${sidecar.origin('openai')}/v1/stream`, { headers: token })
    const broken = new Promise((resolve) => stream.once('error', resolve))
    await once(stream, 'data')
    process.kill(worker, 'SIGKILL')
    await broken
    expect((await post(sidecar)).status).toBe(200)
    expect(await sidecar.waitForWorker()).not.toBe(worker)
    expect((await readReport(sidecar)).workerRestarts).toBe(1)
  })

  test('loses neither the figures nor what is used of the budgets', async () => {
    await using upstream = await createUpstream()
    const limits = { maxRequests: 3, maxTokens: null }
    await using sidecar = await startSidecar({ providers: openai(upstream), config: { limits } })
    const worker = await sidecar.waitForWorker()
    await post(sidecar)
    await post(sidecar)
    const before = await readReport(sidecar)
    process.kill(worker, 'SIGKILL')
    await sidecar.waitForWorker(worker)
    expect([(await post(sidecar)).status, (await post(sidecar)).status]).toEqual([200, 400])
    const { providers, refusals } = await readReport(sidecar)
    expect(before.providers.openai).toMatchObject({ requests: 2, tokensInput: 10, tokensOutput: 4 })
    expect(providers.openai).toMatchObject({ tokensInput: 15, tokensOutput: 6 })
    expect(refusals).toMatchObject({ request_limit_reached: 1 })
  })

  test('counts the request it was busy with against the budget', async () => {
    await using upstream = await createUpstream()
    const limits = { maxRequests: 1, maxTokens: null }
    await using sidecar = await startSidecar({ providers: openai(upstream), config: { limits } })
    const worker = await sidecar.waitForWorker()
    const stream = await open(`${sidecar.origin('openai')}/v1/stream`, { method: 'POST', headers: token })
    const broken = new Promise((resolve) => stream.once('error', resolve))
    await once(stream, 'data')
    // The supervisor has been told when a later request of the same worker is through.
    await ask(`${sidecar.origin('openai')}/v1/models`, { headers: token })
    await waitUntil('the supervisor knows', async () => (await readReport(sidecar)).providers.openai?.requests >= 1)
    process.kill(worker, 'SIGKILL')
    await broken
    expect((await post(sidecar)).headers['x-agent-proxy-refusal']).toBe('request_limit_reached')
  })

  test('is replaced as often as it takes: five times in a row', async () => {
    await using upstream = await createUpstream()
    await using sidecar = await startSidecar({ providers: openai(upstream) })
    let worker = 0
    for (let round = 0; round < 5; round += 1) {
      worker = await sidecar.waitForWorker(worker)
      expect((await post(sidecar)).status).toBe(200)
      process.kill(worker, 'SIGKILL')
    }
    expect((await post(sidecar)).status).toBe(200)
    expect((await readReport(sidecar)).workerRestarts).toBe(5)
  })

  test('loses none of the connections that wait while it hangs', async () => {
    await using upstream = await createUpstream()
    await using sidecar = await startSidecar({ providers: openai(upstream) })
    const worker = await sidecar.waitForWorker()
    process.kill(worker, 'SIGSTOP')
    const answers = Array.from({ length: 40 }, () => post(sidecar))
    // The supervisor has accepted them all once a later one of another port is accepted, too.
    using probe = new RawConnection(sidecar.managementPort)
    await once(probe.socket, 'connect')
    process.kill(worker, 'SIGKILL')
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual(Array(40).fill(200))
  })

  test('leaves nothing on disk that its successor needs: no file of ours has to be readable', async () => {
    await using upstream = await createUpstream()
    await using sidecar = await startSidecar({ providers: openai(upstream) })
    const worker = await sidecar.waitForWorker()
    process.kill(worker, 'SIGTERM')
    expect((await post(sidecar)).status).toBe(200)
    expect(await sidecar.waitForWorker()).toBe(worker)
  })
})

onLinux('sidecar: the end', () => {
  test('SIGTERM to the supervisor ends both, and a stream under way first', async () => {
    await using upstream = await createUpstream()
    await using sidecar = await startSidecar({ providers: openai(upstream) })
    const worker = await sidecar.waitForWorker()
    const stream = await open(`${sidecar.origin('openai')}/v1/stream`, { headers: token })
    stream.on('error', () => undefined)
    await once(stream, 'data')
    sidecar.signal('SIGTERM')
    expect(await sidecar.exited).toBe(0)
    await waitUntil('the worker is gone', () => !isRunning(worker))
  })

  test('SIGKILL to the supervisor ends the worker too, and frees the ports', async () => {
    await using upstream = await createUpstream()
    await using sidecar = await startSidecar({ providers: openai(upstream) })
    const worker = await sidecar.waitForWorker()
    sidecar.signal('SIGKILL')
    await sidecar.exited
    await waitUntil('the worker is gone', () => !isRunning(worker))
    await expect(post(sidecar)).rejects.toThrow(/ECONNREFUSED|ECONNRESET|hang up/)
  })

  test('comes when the watched process of the runner is gone', async () => {
    await using upstream = await createUpstream()
    const runner = spawn(process.execPath, ['-e', 'process.stdin.resume()'], { stdio: ['pipe', 'ignore', 'ignore'] })
    await once(runner, 'spawn')
    const watch = { pid: runner.pid ?? 0, startTime: null }
    await using sidecar = await startSidecar({ providers: openai(upstream), config: { watch } })
    const worker = await sidecar.waitForWorker()
    runner.stdin.end()
    expect(await sidecar.exited).toBe(0)
    await waitUntil('the worker is gone', () => !isRunning(worker))
    expect(sidecar.readEvents().at(-1)).toMatchObject({ what: 'stopping', detail: expect.stringContaining('runner') })
  })

  test('comes at the maximum age', async () => {
    await using upstream = await createUpstream()
    await using sidecar = await startSidecar({ providers: openai(upstream), config: { maxAgeMs: 1 } })
    expect(await sidecar.exited).toBe(0)
    expect(sidecar.readEvents().at(-1)).toMatchObject({ detail: expect.stringContaining('age') })
  })

  test.each(['SIGINT', 'SIGHUP', 'SIGUSR1'] as const)(
    'does not come from %s, which belongs to the terminal',
    async (signal) => {
      await using upstream = await createUpstream()
      await using sidecar = await startSidecar({ providers: openai(upstream) })
      const worker = await sidecar.waitForWorker()
      sidecar.signal(signal)
      process.kill(worker, signal)
      expect((await post(sidecar)).status).toBe(200)
      expect([isRunning(worker), sidecar.readLog()]).toEqual([true, ''])
    },
  )
})

describe('sidecar: scarce resources', () => {
  const withFullDisk = existsSync('/dev/full') ? test : test.skip
  withFullDisk('a full disk loses log lines, counts them and delays nobody', async () => {
    await using upstream = await createUpstream()
    await using sidecar = await startSidecar({ providers: openai(upstream), accessLog: '/dev/full' })
    for (let round = 0; round < 3; round += 1) expect((await post(sidecar)).status).toBe(200)
    await waitUntil('the lines are counted as lost', async () => (await readReport(sidecar)).lostLogLines === 3)
    expect((await post(sidecar)).status).toBe(200)
  })

  const withShell = process.platform === 'linux' ? test : test.skip
  withShell('running out of descriptors ends when the clients go', async () => {
    await using upstream = await createUpstream()
    const wrap = (command: readonly string[]) => ['sh', '-c', 'ulimit -n 64; exec "$@"', 'sh', ...command]
    await using sidecar = await startSidecar({ providers: openai(upstream), wrap })
    const crowd = Array.from({ length: 150 }, () => new RawConnection(sidecar.port('openai')))
    for (const client of crowd) client.send(`GET /v1/stream HTTP/1.1\r\n${HEAD}\r\n`)
    // Served or refused: which of them it is depends on who came first, the clients or the connections upstream.
    await waitUntil('the first ones are answered', () => crowd.some(({ received }) => received.startsWith('HTTP/1.1 ')))
    for (const client of crowd) client.socket.destroy()
    const answer = await waitUntil('it serves again', () => post(sidecar).catch(() => undefined))
    expect(answer.status).toBe(200)
  })
})
