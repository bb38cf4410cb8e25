import { type ChildProcess, spawn } from 'node:child_process'
import type { Readable } from 'node:stream'
import { listConfidentialTexts } from '../../core/credentials/command-environment.ts'
import type { GuardConfig } from '../../core/egress-config.ts'
import { ActionError } from '../../core/fault.ts'
import { createRedactor } from '../../core/redact.ts'
import { isBlockingCheck, type ProviderCheck } from '../../core/sidecar-config.ts'
import { endProcess } from '../end-process.ts'
import { type GuardReplies, readGuardReplies } from './guard-replies.ts'

export interface GuardRequest {
  readonly config: GuardConfig
  /** uid of this step; anything but 0 goes through sudo. */
  readonly uid: number | null
  readonly node: string
  readonly guardPath: string
  /** Milliseconds for everything until the guard is ready, the checks of the credentials included. */
  readonly timeoutMs: number
  readonly cancelled: AbortSignal
}

export type GuardOutcome =
  | Extract<GuardReplies, { readonly kind: 'ready' }>
  | { readonly kind: 'refused'; readonly checks: readonly ProviderCheck[] }

const SUDO = '/usr/bin/sudo'
// sudo asks nobody, and keeps nothing of this step's environment but what finds programs.
const ENVIRONMENT = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LANG: 'C' } as const
const TAIL_CHARACTERS = 2000

/**
 * Starts the root half of the firewall, which starts sidecar and relay, and waits for its word. Whatever goes wrong, it takes
 * back what it did before it ends. `refused` means: the sidecar checked and did not like what it found.
 * Throws an ActionError when the firewall could not be set up.
 */
export async function launchGuard(request: GuardRequest): Promise<GuardOutcome> {
  const child = start(request)
  const stderr = collectTail(child.stderr as Readable)
  try {
    const failure = new Promise<never>((_resolve, reject) => child.once('error', reject))
    child.stdin?.on('error', () => undefined)
    child.stdin?.write(`${JSON.stringify(request.config)}\n`)
    const replies = readGuardReplies(child.stdout as Readable)
    const outcome = await Promise.race([replies, failure, waitForStop(request)]).catch((error: unknown) =>
      cancel(child, { replies, reason: describe(error, request) }),
    )
    if (outcome.kind === 'ready') {
      letGo(child)
      return outcome
    }
    return decideFailure(request, outcome, stderr())
  } finally {
    if (child.listenerCount('error') > 0) await endProcess(child)
  }
}

function start({ uid, node, guardPath }: GuardRequest): ChildProcess {
  const command = uid === 0 ? [node, guardPath] : [SUDO, '-n', '--', node, guardPath]
  const [program = '', ...rest] = command
  return spawn(program, rest, { detached: true, stdio: ['pipe', 'pipe', 'pipe'], env: ENVIRONMENT, cwd: '/' })
}

const UNDO_MS = 10_000

/** Nobody can end the guard but itself: it is asked to take everything back, and its word is waited for. */
async function cancel(
  child: ChildProcess,
  { replies, reason }: { readonly replies: Promise<GuardReplies>; readonly reason: string },
): Promise<GuardReplies> {
  child.stdin?.write('cancel\n')
  const last = await Promise.race([
    replies,
    new Promise<undefined>((resolve) => setTimeout(resolve, UNDO_MS, undefined).unref()),
  ])
  return { kind: 'failed', reason, checks: last?.checks ?? [] }
}

function waitForStop({ timeoutMs, cancelled }: GuardRequest): Promise<never> {
  const signal = AbortSignal.any([AbortSignal.timeout(timeoutMs), cancelled])
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason)
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}

function decideFailure(
  request: GuardRequest,
  replies: Exclude<GuardReplies, { kind: 'ready' }>,
  stderr: string,
): GuardOutcome {
  const message = request.config.sidecar?.message
  const isStrict = message?.config.validate === 'strict'
  if (isStrict && replies.checks.some(isBlockingCheck)) return { kind: 'refused', checks: replies.checks }
  const redact = createRedactor(message === undefined ? [] : listConfidentialTexts(message.secrets))
  throw createFailure(redact(replies.reason), redact(stderr).trim())
}

function createFailure(reason: string, stderr: string): ActionError {
  return new ActionError([
    {
      code: 'firewall-start',
      title: 'The firewall did not start',
      message: `${reason}${stderr === '' ? '' : ` It also said: ${stderr}`}`,
      fix: 'Mend the cause, or say what you accept instead with firewall-level or egress-policy.',
    },
  ])
}

function describe(error: unknown, { cancelled, timeoutMs }: GuardRequest): string {
  if (cancelled.aborted) return 'The step was cancelled.'
  if (error instanceof Error && error.name === 'TimeoutError') return `It was not ready within ${timeoutMs / 1000} s.`
  return `It could not be run (${(error as NodeJS.ErrnoException).code ?? 'error'}).`
}

function collectTail(stream: Readable): () => string {
  let text = ''
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    text = (text + chunk).slice(-TAIL_CHARACTERS)
  })
  return () => text
}

/** From here on nothing ties this process to the guard, so that the step can end. */
function letGo(child: ChildProcess): void {
  child.stdout?.destroy()
  child.stderr?.destroy()
  child.removeAllListeners()
  child.unref()
}
