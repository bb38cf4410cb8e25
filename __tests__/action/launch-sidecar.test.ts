import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { endSidecar } from '../../src/action/end-sidecar.ts'
import { type LaunchRequest, launchSidecar } from '../../src/action/launch-sidecar.ts'
import { isProcessAlive } from '../../src/action/process-status.ts'
import type { LaunchMessage } from '../../src/core/sidecar-config.ts'

/** A stand-in that says what it got and then does as the test wants. */
const PRELUDE = `
import { writeFileSync, writeSync } from 'node:fs'
import { text } from 'node:stream/consumers'
const reply = (line) => writeSync(3, JSON.stringify(line) + '\\n')
const message = JSON.parse(await text(process.stdin))
writeFileSync('seen.json', JSON.stringify({ pid: process.pid, message, environment: process.env, arguments: process.argv }))
const ready = { kind: 'ready', runId: message.config.runId, pid: process.pid, ports: { openai: 1 }, managementPort: 2 }
const stay = () => setInterval(() => {}, 1000)
`

let directory = ''

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'launch-'))
  mkdirSync(join(directory, 'logs'))
})

afterEach(() => rmSync(directory, { recursive: true, force: true }))

function request(body: string, extra: Partial<LaunchRequest> = {}): LaunchRequest {
  const script = join(directory, 'sidecar.mjs')
  writeFileSync(script, PRELUDE + body)
  return {
    message: {
      config: { runId: 'run-1', validate: 'strict' },
      secrets: { 'openai.key': 'sk-very-secret-value' },
    } as unknown as LaunchMessage,
    executable: process.execPath,
    arguments: [script],
    environment: { ONLY: 'this' },
    workingDirectory: directory,
    logDirectory: join(directory, 'logs'),
    timeoutMs: 20_000,
    cancelled: new AbortController().signal,
    ...extra,
  }
}

interface Seen {
  readonly pid: number
  readonly message: LaunchMessage
  readonly environment: Readonly<Record<string, string>>
  readonly arguments: readonly string[]
}

function readSeen(): Seen {
  return JSON.parse(readFileSync(join(directory, 'seen.json'), 'utf8'))
}

describe('launchSidecar()', () => {
  test('hands over what is ready, with secrets on stdin only and nothing else in the environment', async () => {
    const outcome = await launchSidecar(request(`reply({ kind: 'validated', checks: [] }); reply(ready); stay()`))
    if (outcome.kind !== 'ready') throw new Error(outcome.kind)
    const seen = readSeen()
    await endSidecar(outcome)
    expect(outcome).toMatchObject({ ready: { runId: 'run-1', ports: { openai: 1 }, managementPort: 2 }, pid: seen.pid })
    expect(seen.message.secrets).toEqual({ 'openai.key': 'sk-very-secret-value' })
    expect(JSON.stringify([seen.environment, seen.arguments])).not.toContain('secret')
    expect(Object.keys(seen.environment).filter((name) => !name.startsWith('__CF'))).toEqual(['ONLY'])
  })

  test('a sidecar that found a rejected key and ended is refused, with its findings', async () => {
    const body = `reply({ kind: 'validated', checks: [{ verdict: 'rejected' }] }); reply({ kind: 'failed', reason: 'no' })`
    expect(await launchSidecar(request(body))).toEqual({ kind: 'refused', checks: [{ verdict: 'rejected' }] })
  })

  test.each([
    ['fails with a reason', `reply({ kind: 'failed', reason: 'No port is free.' })`, 'No port is free.'],
    ['ends without a word', `process.exit(3)`, 'It ended without a word.'],
    ['crashes, and says why in its log', `throw new Error('boom sk-very-secret-value')`, 'boom «redacted»'],
    ['writes something else', `writeSync(3, 'hello\\n'); stay()`, 'It could not be run'],
  ])('a sidecar that %s is an error of that sentence, without a secret', async (_name, body, expected) => {
    const error: Error = await launchSidecar(request(body)).then(
      () => new Error('it was launched'),
      (caught: Error) => caught,
    )
    expect(error.message).toContain(expected)
    expect(error.message).not.toContain('sk-very')
    expect(isProcessAlive(readSeen().pid, null)).toBe(false)
  })

  test('one that is never ready is ended after the time limit', async () => {
    await expect(launchSidecar(request(`stay()`, { timeoutMs: 1 }))).rejects.toThrow('It was not ready within 0.001 s.')
  })

  test('one that is starting while the step is cancelled is ended', async () => {
    const cancel = new AbortController()
    const launched = launchSidecar(request(`process.on('SIGTERM', () => {}); stay()`, { cancelled: cancel.signal }))
    cancel.abort()
    await expect(launched).rejects.toThrow('The step was cancelled.')
  })

  test('a program that cannot be run is named by its error', async () => {
    const missing = join(directory, 'no-such-node')
    await expect(launchSidecar(request('', { executable: missing }))).rejects.toThrow('ENOENT')
  })

  test('logs that exist already are never written to', async () => {
    writeFileSync(join(directory, 'logs', 'access.jsonl'), 'old')
    await expect(launchSidecar(request('reply(ready)'))).rejects.toThrow('EEXIST')
    expect(readFileSync(join(directory, 'logs', 'access.jsonl'), 'utf8')).toBe('old')
  })
})

describe('endSidecar()', () => {
  test('ends one that does not listen to SIGTERM, and is done at once with one that is gone', async () => {
    const body = `process.on('SIGTERM', () => {}); reply(ready); stay()`
    const outcome = await launchSidecar(request(body))
    if (outcome.kind !== 'ready') throw new Error(outcome.kind)
    expect(await endSidecar(outcome)).toBe(true)
    expect(isProcessAlive(outcome.pid, outcome.startTime)).toBe(false)
    expect(await endSidecar(outcome)).toBe(true)
  })

  test('a process with another start time is left alone', async () => {
    if (process.platform !== 'linux') return
    const outcome = await launchSidecar(request(`reply(ready); stay()`))
    if (outcome.kind !== 'ready') throw new Error(outcome.kind)
    expect(await endSidecar({ pid: outcome.pid, startTime: '1' })).toBe(true)
    expect(isProcessAlive(outcome.pid, outcome.startTime)).toBe(true)
    await endSidecar(outcome)
  })
})
