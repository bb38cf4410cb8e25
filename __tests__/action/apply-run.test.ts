import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { AppliedRun } from '../../src/action/applied-run.ts'
import { applyRun } from '../../src/action/apply-run.ts'
import { readStartTime } from '../../src/action/process-status.ts'
import { createReport } from '../../src/core/report/create-report.ts'

/** Ends by itself when it is asked to, with a code that says so; says how it is signalled otherwise. */
const SIDECAR = `process.stdin.on('end', () => process.exit(42)).resume(); console.log('up')`

let home = ''
let sidecar: ChildProcess
let management: Server
let asked: string[]
/** What the management port does when it is asked to stop. */
let stop: () => void

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'apply-run-'))
  asked = []
  sidecar = spawn(process.execPath, ['-e', SIDECAR], { detached: true, stdio: ['pipe', 'pipe', 'ignore'] })
  await once(sidecar.stdout as NodeJS.ReadableStream, 'data')
  stop = () => sidecar.stdin?.end()
  management = createServer((request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers.authorization}`)
    response.end(JSON.stringify({ runId: 'run-1', report: createReport() }))
    stop()
  })
  await once(management.listen(0, '127.0.0.1'), 'listening')
})

afterEach(() => {
  sidecar.kill('SIGKILL')
  management.close()
  management.closeAllConnections()
  rmSync(home, { recursive: true, force: true })
})

const settings = (): string => join(home, '.codex', 'config.toml')

/** A run whose outputs cannot be written, as on a full disk. */
function createApplied(): AppliedRun {
  const pid = sidecar.pid ?? 0
  const runner = {
    saveState: () => undefined,
    exportVariable: () => {
      throw new Error('ENOSPC')
    },
    warning: () => undefined,
  }
  const ready = { ports: { openai: 1 }, managementPort: (management.address() as AddressInfo).port }
  return {
    step: { runner, platform: process.platform, environment: {} },
    inputs: {
      ...{ topology: { kind: 'ghec' }, providers: [], validate: 'strict', clientAuth: 'auto', summary: true },
      listenAddress: '127.0.0.1',
    },
    run: { runId: 'run-1', tokens: {}, controlToken: 'control' },
    directory: { path: home, logDirectory: home },
    handle: { kind: 'ready', checks: [], ready, pid, startTime: readStartTime(pid), isShielded: true },
    firewall: undefined,
  } as unknown as AppliedRun
}

describe('applyRun(): when it fails after the settings files were written', () => {
  it('gives the user his files back before their backups go', async () => {
    mkdirSync(join(home, '.codex'))
    writeFileSync(settings(), 'openai_base_url = "https://mine.example"\n')
    const applied = createApplied()
    await expect(applyRun(applied, [{ kind: 'codex', path: settings() }])).rejects.toThrow('ENOSPC')
    expect(readFileSync(join(home, 'codex.backup'), 'utf8')).toContain('mine.example')
    expect(readFileSync(settings(), 'utf8')).toBe('openai_base_url = "https://mine.example"\n')
  })

  it('asks the sidecar to stop, which no signal reaches where it is another user’s', async () => {
    const exited = once(sidecar, 'exit')
    await expect(applyRun(createApplied(), [])).rejects.toThrow('ENOSPC')
    expect(asked).toEqual(['POST /stop?drain-ms=0 Bearer control'])
    expect(await exited).toEqual([42, null])
  })

  it('ends a sidecar that answers and stays by signals', async () => {
    stop = () => undefined
    const exited = once(sidecar, 'exit')
    await expect(applyRun(createApplied(), [])).rejects.toThrow('ENOSPC')
    expect(await exited).toEqual([null, 'SIGTERM'])
  })
})
