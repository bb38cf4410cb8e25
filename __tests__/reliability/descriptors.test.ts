import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import type { RawConnection } from '../support/http-client.ts'
import { describeWith } from '../support/needs.ts'
import { createScriptedUpstream } from '../support/scripted-upstream.ts'
import { isRunning } from '../support/sidecar.ts'
import { waitUntil } from '../support/wait-until.ts'
import { HEAD, Scene } from './support/scene.ts'

const countDescriptors = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length

function limitDescriptors(pid: number, limit: number): void {
  execFileSync('prlimit', [`--pid=${pid}`, `--nofile=${limit}:`])
}

const CLIENTS = 120
const LIMIT_ABOVE_USE = 12

const isDecided = ({ received, isClosed }: RawConnection): boolean => isClosed || received !== ''

/** Waits until every client has something: those who wait for a descriptor get one when others leave. */
async function decideAll(crowd: readonly RawConnection[]): Promise<void> {
  for (;;) {
    const undecided = crowd.filter((client) => !isDecided(client)).length
    if (undecided === 0) return
    for (const client of crowd.filter(isDecided)) client.socket.destroy()
    await waitUntil('more are decided', () => crowd.filter((client) => !isDecided(client)).length < undecided)
  }
}

function count(crowd: readonly RawConnection[]): Readonly<Record<'served' | 'refused' | 'closed', number>> {
  const served = crowd.filter(({ received }) => received.startsWith('HTTP/1.1 200')).length
  const refused = crowd.filter(({ received }) => /^HTTP\/1\.1 50[234] /.test(received)).length
  return { served, refused, closed: crowd.length - served - refused }
}

/** With the limit still in force: what was taken has been given back. */
async function servesAgain(scene: Scene): Promise<string | undefined> {
  using client = scene.connect()
  client.send(`GET /v1/again HTTP/1.1\r\n${HEAD}\r\n`)
  return await client.waitFor('data: 1').catch(() => undefined)
}

// The limit of a running process is lowered, so that it holds for the one half of the sidecar that the test names.
describeWith({ programs: ['prlimit'], isRoot: false }, 'sidecar: no descriptor left', () => {
  test.each(['supervisor', 'worker', 'both'] as const)(
    'in the %s: every client has an answer or a closed connection, nothing dies, and it recovers',
    async (which) => {
      await using upstream = await createScriptedUpstream({
        request: (_request, response) => {
          response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n')
        },
      })
      await using scene = await Scene.open({ origin: upstream.origin })
      const worker = await scene.sidecar.waitForWorker()
      const pids = { supervisor: [scene.sidecar.pid], worker: [worker], both: [scene.sidecar.pid, worker] }[which]
      const before = pids.map(countDescriptors)
      for (const [at, pid] of pids.entries()) limitDescriptors(pid, (before[at] ?? 0) + LIMIT_ABOVE_USE)
      const crowd = Array.from({ length: CLIENTS }, () => scene.connect())
      for (const client of crowd) client.send(`GET /v1/stream HTTP/1.1\r\n${HEAD}\r\n`)
      await waitUntil('the first ones are decided', () => crowd.some(isDecided))
      await decideAll(crowd)
      process.stdout.write(`no descriptor left in ${which}: ${JSON.stringify(count(crowd))} of ${CLIENTS}\n`)
      expect(count(crowd).served).toBeGreaterThan(0)
      for (const { socket } of crowd) socket.destroy()
      await waitUntil('it serves again', () => servesAgain(scene))
      await waitUntil('every descriptor is given back', () =>
        pids.every((pid, at) => countDescriptors(pid) <= (before[at] ?? 0) + 2),
      )
      expect([isRunning(scene.sidecar.pid), await scene.sidecar.waitForWorker()]).toEqual([true, worker])
      for (const pid of pids) limitDescriptors(pid, 4096)
    },
    90_000,
  )
})
