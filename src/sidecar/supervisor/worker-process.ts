import { type ChildProcess, spawn } from 'node:child_process'
import type { Socket } from 'node:net'
import type { FromWorker, ListenerName, ToWorker } from '../ipc.ts'
import { createHandOver } from './hand-over.ts'

export interface WorkerHost {
  /** Executable of the worker: on Linux `/proc/self/exe`, which stays the started file even when its path is replaced. */
  readonly execPath: string
  /** The worker's program text. Read once at start: a file changed later by the agent is never run with the secrets. */
  readonly source: string
  readonly environment: Readonly<Record<string, string>>
  /** Descriptors inherited as the worker's stdout (access log) and stderr (sidecar log). */
  readonly accessLogFd: number
  readonly readablePaths: readonly string[]
}

/** glibc's allocator with one arena that gives back what it does not need: less memory at the same speed (measured). */
export const LEAN_ALLOCATOR: Readonly<Record<string, string>> = {
  MALLOC_ARENA_MAX: '1',
  MALLOC_TRIM_THRESHOLD_: '131072',
  MALLOC_MMAP_THRESHOLD_: '65536',
}

export interface WorkerProcess {
  readonly pid: number | undefined
  send(message: ToWorker): void
  /** Hands an accepted socket over. A worker that dies before it took the socket gives it back ({@link WorkerEvents.onUntaken}). */
  sendConnection(listener: ListenerName, socket: Socket): void
  kill(): void
}

export interface WorkerEvents {
  /** After onExit, in the order of arrival: a connection this worker never took, unread. */
  readonly onUntaken: (listener: ListenerName, socket: Socket) => void
  readonly onMessage: (message: FromWorker) => void
  readonly onExit: (how: string) => void
}

/**
 * Starts a worker with the least rights Node can give: no files but the listed ones, no children, no inspector. `--permission`
 * leaves the network open, which is its job.
 */
export function createWorkerProcess(host: WorkerHost, events: WorkerEvents): WorkerProcess {
  try {
    const child = spawn(host.execPath, workerArguments(host), {
      stdio: ['pipe', host.accessLogFd, 'inherit', 'ipc'],
      env: { ...host.environment },
      windowsHide: true,
    })
    return followWorker(child, host.source, events)
  } catch (error) {
    // Node tells of some failures so (ENOMEM is one), of others through 'error': for the caller they are the same.
    setImmediate(() => events.onExit(renderNotStarted(error)))
    return { pid: undefined, send: () => undefined, sendConnection: () => undefined, kill: () => undefined }
  }
}

function renderNotStarted(error: unknown): string {
  return `it could not be started (${(error as NodeJS.ErrnoException).code ?? 'error'})`
}

function followWorker(child: ChildProcess, source: string, events: WorkerEvents): WorkerProcess {
  const handed = createHandOver(child)
  let isGone = false
  const leave = (how: string): void => {
    if (isGone) return
    isGone = true
    events.onExit(how)
    handed.giveBack(events.onUntaken)
  }
  child.on('message', (message) => {
    const known = message as FromWorker
    if (known.kind === 'taken') handed.taken(known.id)
    else if (known.kind === 'present') handed.present(known.upTo)
    else events.onMessage(known)
  })
  child.on('error', (error) => leave(renderNotStarted(error)))
  // Not 'exit': what the worker said before its death may still be in the channel, which has ended when 'close' comes.
  child.on('close', (code, signal) => leave(signal === null ? `exit code ${code}` : `signal ${signal}`))
  child.stdin?.on('error', () => undefined)
  child.stdin?.end(source)
  return {
    pid: child.pid,
    send: (message) => void sendQuietly(child, message),
    sendConnection: handed.give,
    kill: () => void child.kill('SIGKILL'),
  }
}

function workerArguments(host: WorkerHost): string[] {
  return [
    '--disable-sigusr1',
    '--permission',
    ...host.readablePaths.map((path) => `--allow-fs-read=${path}`),
    // Smaller costs a fifth of the throughput in collections, larger costs memory in large bodies (measured).
    '--max-semi-space-size=2',
    // By default the old generation may double before it is collected: 15 to 20 MiB more, most of it garbage (measured).
    '--heap-growing-percent=30',
    // Without: the parts of a request that once lived for long are made old from birth, and keep the others alive (measured).
    '--no-allocation-site-pretenuring',
    '--input-type=module',
    '-',
  ]
}

function sendQuietly(child: ChildProcess, message: ToWorker): boolean {
  // A worker that is just dying reports through 'close'; a failed send is not a second event.
  return child.connected && child.send(message, () => undefined)
}
