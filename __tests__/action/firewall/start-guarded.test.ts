import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { type GuardedRequest, startGuarded } from '../../../src/action/firewall/start-guarded.ts'
import { readStartTime } from '../../../src/action/process-status.ts'
import type { Step } from '../../../src/action/step.ts'

let directory = ''

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'start-guarded-'))
})

afterEach(() => rmSync(directory, { recursive: true, force: true }))

/** As root the guard is started without sudo, whatever this process is. */
function createStep(guardPath: string): Step {
  const step: Partial<Step> = {
    ...{ uid: 0, gid: 0, userName: 'root', parentPid: 0, platform: 'linux', environment: {} },
    ...{ execPath: process.execPath, guardPath, sidecarPath: '/s', workerPath: '/w', credentialProcessPath: '/c' },
    ...{ relayPath: '/r', cancelled: new AbortController().signal },
  }
  return step as Step
}

const REQUEST = {
  plan: { level: 'enforced', policy: { mode: 'block' }, resolution: { nameservers: [], hosts: [] }, limits: [] },
  run: { runId: 'r', message: { config: { providers: [], watch: null, extraCa: [], noProxy: '' }, secrets: {} } },
  privileges: { sudo: 'keep', docker: 'keep' },
} as unknown as GuardedRequest

describe('startGuarded()', () => {
  it('knows the sidecar by its start time too, so that a reused pid is never hit', async () => {
    const { pid } = process
    const replies = [
      { kind: 'sidecar', reply: { kind: 'ready', runId: 'r', pid: 2, ports: {}, managementPort: 4 } },
      {
        kind: 'ready',
        guardPid: 1,
        sidecarPid: pid,
        proxyPort: 3,
        logPath: '/l',
        sidecarLogDirectory: '/d',
        limits: [],
      },
    ]
    const guard = join(directory, 'guard.mjs')
    const text = replies.map((reply) => `${JSON.stringify(reply)}\n`).join('')
    writeFileSync(guard, `process.stdout.write(${JSON.stringify(text)})`)
    const { sidecar } = await startGuarded(createStep(guard), REQUEST)
    expect(sidecar).toMatchObject({ kind: 'ready', pid, startTime: readStartTime(pid) })
  })
})
