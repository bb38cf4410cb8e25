import { type ChildProcess, spawn } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { listConfidentialTexts } from '../core/credentials/command-environment.ts'
import { ActionError } from '../core/fault.ts'
import { createRedactor } from '../core/redact.ts'
import { isBlockingCheck, type LaunchMessage } from '../core/sidecar-config.ts'
import { endProcess } from './end-process.ts'
import { readStartTime } from './process-status.ts'
import { type Replies, readReplies } from './reply-channel.ts'
import { openLogFiles, SIDECAR_LOG } from './run-directory.ts'

export interface LaunchRequest {
  readonly message: LaunchMessage
  /** The node to run, its arguments and its whole environment. */
  readonly executable: string
  readonly arguments: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  readonly workingDirectory: string
  readonly logDirectory: string
  /** Milliseconds for everything until the sidecar is ready; the probes take at most 15 s of them. */
  readonly timeoutMs: number
  /** Aborted when the step is cancelled. */
  readonly cancelled: AbortSignal
}

export type LaunchOutcome = SidecarHandle | { readonly kind: 'refused'; readonly checks: Replies['checks'] }

export interface SidecarHandle {
  readonly kind: 'ready'
  readonly checks: Replies['checks']
  readonly ready: Extract<Replies, { kind: 'ready' }>['ready']
  readonly pid: number
  readonly startTime: string | null
  /** False when another process of the same user could read its memory. */
  readonly isShielded: boolean
}

/**
 * Starts the sidecar in a session of its own, hands it config and secrets over stdin, once, and waits for its word on fd 3.
 * Whatever goes wrong, no process is left. `refused` means: it checked, did not like what it found and never listened.
 * Throws an ActionError when it could not be started.
 */
export async function launchSidecar(request: LaunchRequest): Promise<LaunchOutcome> {
  const { child, failure } = await start(request)
  try {
    const isShielded = isUnreadable(child.pid)
    const { config, secrets } = request.message
    const message: LaunchMessage = { config: { ...config, isShielded }, secrets }
    child.stdin?.end(JSON.stringify(message))
    const replies = await waitForReplies({ child, failure }, request)
    if (replies.kind !== 'ready') return await giveUp(child, request, replies)
    const pid = child.pid ?? replies.ready.pid
    letGo(child)
    return {
      kind: 'ready',
      checks: replies.checks,
      ready: replies.ready,
      pid,
      startTime: readStartTime(pid),
      isShielded,
    }
  } catch (error) {
    await endProcess(child)
    throw error
  }
}

interface Started {
  readonly child: ChildProcess
  /** Rejects when the program could not be run. */
  readonly failure: Promise<never>
}

/** The step's own stdout and stderr are never inherited: the runner would wait for them to close and then kill the sidecar. */
async function start(request: LaunchRequest): Promise<Started> {
  const logs = await openLogFiles(request.logDirectory)
  try {
    const child = spawn(request.executable, request.arguments, {
      detached: true,
      windowsHide: true,
      cwd: request.workingDirectory,
      env: { ...request.environment },
      stdio: ['pipe', logs.sidecarLog.fd, logs.sidecarLog.fd, 'pipe', logs.accessLog.fd],
    })
    child.stdin?.on('error', () => undefined)
    const failure = new Promise<never>((_resolve, reject) => child.once('error', reject))
    failure.catch(() => undefined)
    return { child, failure }
  } finally {
    await logs.close()
  }
}

async function waitForReplies({ child, failure }: Started, request: LaunchRequest): Promise<Replies> {
  const timeout = AbortSignal.timeout(request.timeoutMs)
  const finished = new AbortController()
  const stopped = rejectOnAbort(AbortSignal.any([timeout, request.cancelled, finished.signal]))
  try {
    return await Promise.race([readReplies(child.stdio[3] as Readable), failure, stopped])
  } catch (error) {
    return { kind: 'failed', checks: [], reason: explain(error, request, timeout) }
  } finally {
    finished.abort()
  }
}

function rejectOnAbort(signal: AbortSignal): Promise<never> {
  const aborted = new Promise<never>((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason)
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
  aborted.catch(() => undefined)
  return aborted
}

function explain(error: unknown, request: LaunchRequest, timeout: AbortSignal): string {
  if (request.cancelled.aborted) return 'The step was cancelled.'
  if (timeout.aborted) return `It was not ready within ${request.timeoutMs / 1000} s.`
  return `It could not be run (${describe(error)}).`
}

async function giveUp(
  child: ChildProcess,
  request: LaunchRequest,
  replies: Exclude<Replies, { kind: 'ready' }>,
): Promise<LaunchOutcome> {
  await endProcess(child)
  const isRefused = replies.checks.some(isBlockingCheck)
  if (isRefused && request.message.config.validate === 'strict') return { kind: 'refused', checks: replies.checks }
  const reason = replies.kind === 'failed' ? replies.reason : 'It ended without a word.'
  const tail = await readTail(join(request.logDirectory, SIDECAR_LOG), request.message)
  throw new ActionError([
    {
      code: 'sidecar-start',
      title: 'The sidecar did not start',
      message: `${reason}${tail === '' ? '' : ` Its log ends with: ${tail}`}`,
      fix: 'Run the job again with debug logging; if it stays, report the log.',
    },
  ])
}

/** From here on nothing ties this process to the sidecar, so that the step can end. */
function letGo(child: ChildProcess): void {
  child.stdio[3]?.destroy()
  child.removeAllListeners()
  child.unref()
}

function isUnreadable(pid: number | undefined): boolean {
  try {
    accessSync(`/proc/${pid}/environ`, constants.R_OK)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EACCES'
  }
}

const TAIL_CHARACTERS = 2000

/** The end of the sidecar's log; it redacts itself, and what it was given is blanked once more here. */
async function readTail(path: string, { secrets }: LaunchMessage): Promise<string> {
  const text = await readFile(path, 'utf8').catch(() => '')
  const redact = createRedactor(listConfidentialTexts(secrets))
  return redact(text).slice(-TAIL_CHARACTERS).trim()
}

function describe(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? (error instanceof Error ? error.message : 'unknown error')
}
