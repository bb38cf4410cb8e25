import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { afterAll, expect, test } from '@jest/globals'
import { readStartTime } from '../../../src/action/process-status.ts'

const KEEPER = join(import.meta.dirname, '../../../src/entry/relay-keeper.ts')
const directory = mkdtempSync(join(tmpdir(), 'keeper-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

/** Says its pid as the reason why it failed, and stays. */
const LINGERING = `
import { writeSync } from 'node:fs'
writeSync(3, JSON.stringify({ kind: 'failed', reason: String(process.pid) }) + '\\n')
setTimeout(() => undefined, 20_000)
`

test('the keeper ends a relay that did not start but lives, before it says so and leaves', async () => {
  if (process.platform !== 'linux') return
  const relay = join(directory, 'lingering.mjs')
  writeFileSync(relay, LINGERING)
  const log = openSync(join(directory, 'log'), 'ax')
  const keeper = spawn(process.execPath, [KEEPER, relay], { stdio: ['pipe', 'ignore', 'ignore', 'pipe', log] })
  closeSync(log)
  keeper.stdin?.end('{}')
  const [said, [code]] = await Promise.all([text(keeper.stdio[3] as Readable), once(keeper, 'exit')])
  const pid = Number(/did not start: (\d+)/.exec(said)?.[1])
  expect(code).toBe(1)
  expect(pid).toBeGreaterThan(0)
  expect(readStartTime(pid)).toBeNull()
})
