import { type ChildProcess, spawn } from 'node:child_process'
import type { Socket } from 'node:net'
import type { FromWorker, ListenerName, ToWorker } from '../ipc.ts'

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

export interface WorkerProcess {
  readonly pid: number | undefined
  send(message: ToWorker): void
  /** Hands an accepted socket over. The socket is destroyed when that fails. */
  sendConnection(listener: ListenerName, socket: Socket): void
  kill(): void
}

export interface WorkerEvents {
  readonly onMessage: (message: FromWorker) => void
  readonly onExit: (how: string) => void
}

/**
 * Starts a worker with the least rights Node can give: no files but the listed ones, no children, no inspector. `--permission`
 * leaves the network open, which is its job.
 */
export function createWorkerProcess(host: WorkerHost, events: WorkerEvents): WorkerProcess {
  const child = spawn(host.execPath, workerArguments(host), {
    stdio: ['pipe', host.accessLogFd, 'inherit', 'ipc'],
    env: { ...host.environment },
    windowsHide: true,
  })
  let isGone = false
  const leave = (how: string): void => {
    if (isGone) return
    isGone = true
    events.onExit(how)
  }
  child.on('message', (message) => events.onMessage(message as FromWorker))
  child.on('error', (error) => leave(`it could not be started (${(error as NodeJS.ErrnoException).code ?? 'error'})`))
  child.on('exit', (code, signal) => leave(signal === null ? `exit code ${code}` : `signal ${signal}`))
  child.stdin?.on('error', () => undefined)
  child.stdin?.end(host.source)
  return {
    pid: child.pid,
    send: (message) => void sendQuietly(child, message),
    sendConnection: (listener, socket) => handOver(child, listener, socket),
    kill: () => void child.kill('SIGKILL'),
  }
}

function workerArguments(host: WorkerHost): string[] {
  return [
    '--disable-sigusr1',
    '--permission',
    ...host.readablePaths.map((path) => `--allow-fs-read=${path}`),
    '--max-semi-space-size=1',
    '--input-type=module',
    '-',
  ]
}

function sendQuietly(child: ChildProcess, message: ToWorker): boolean {
  // A worker that is just dying reports through 'exit'; a failed send is not a second event.
  return child.connected && child.send(message, () => undefined)
}

function handOver(child: ChildProcess, listener: ListenerName, socket: Socket): void {
  const message: ToWorker = { kind: 'connection', listener }
  socket.on('error', () => undefined)
  if (!child.connected) {
    socket.destroy()
    return
  }
  child.send(message, socket, { keepOpen: false }, (error) => {
    if (error !== null) socket.destroy()
  })
}
