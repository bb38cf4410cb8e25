import { type ChildProcess, spawn } from 'node:child_process'
import type { ProviderId } from '../../core/providers/provider.ts'
import type { CredentialProcessConfig, FromCredentialProcess, ToCredentialProcess } from '../credential-ipc.ts'
import type { SourceRequest, SourceResult } from '../ipc.ts'
import { signalGroup } from '../signal-group.ts'

export interface CredentialProcessHost {
  /** As of the worker: on Linux `/proc/self/exe`. */
  readonly execPath: string
  /** Its program text, read once at start. */
  readonly source: string
  readonly environment: Readonly<Record<string, string>>
}

export interface CredentialProcessEvents {
  readonly onChanged: (provider: ProviderId) => void
  /** False when others could read its memory: then it gets nothing and is ended. */
  readonly mayTrust: (pid: number | undefined) => boolean
  /** It is gone, and another is started. */
  readonly onRestart: (how: string) => void
}

export interface CredentialProcess {
  /** Never rejects: that there is nobody to ask is an answer, too. */
  request(request: SourceRequest): Promise<SourceResult>
  /** Ends it with every command that it runs, at once. */
  close(): void
}

const RESTART_DELAYS_MS = [0, 50, 200, 500, 1000]
const STABLE_AFTER_MS = 10_000
const GONE: SourceResult = { kind: 'not-started', code: 'EPIPE' }

/**
 * Keeps a credential process alive. It may start programs, so it holds neither keys nor sockets; the supervisor, which holds
 * them, starts none but its own two. Questions that come while there is none wait for the next one; those it took with it are
 * answered as failed, because their command may have done something already.
 */
export function createCredentialProcess(
  host: CredentialProcessHost,
  config: CredentialProcessConfig,
  events: CredentialProcessEvents,
): CredentialProcess {
  const keeper = new Keeper(host, config, events)
  keeper.start()
  return keeper
}

type Answer = (result: SourceResult) => void

class Keeper implements CredentialProcess {
  readonly #host: CredentialProcessHost
  readonly #config: CredentialProcessConfig
  readonly #events: CredentialProcessEvents
  readonly #open = new Map<number, { readonly request: SourceRequest; readonly answer: Answer }>()
  readonly #groups = new Set<number>()
  #child: ChildProcess | undefined
  #restart: NodeJS.Timeout | undefined
  #isClosed = false
  #last = 0
  #restarts = 0
  #startedAt = 0

  constructor(host: CredentialProcessHost, config: CredentialProcessConfig, events: CredentialProcessEvents) {
    this.#host = host
    this.#config = config
    this.#events = events
  }

  start(): void {
    this.#startedAt = performance.now()
    const child = spawn(this.#host.execPath, deriveArguments(this.#config), {
      stdio: ['pipe', 'ignore', 'inherit', 'ipc'],
      env: { ...this.#host.environment },
      windowsHide: true,
    })
    const { promise: gone, resolve: leave } = Promise.withResolvers<string>()
    child.on('message', (message) => this.#onMessage(message as FromCredentialProcess))
    child.on('error', (error) => leave((error as NodeJS.ErrnoException).code ?? 'error'))
    // Not 'exit': which groups it leads may still be in the channel.
    child.on('close', (code, signal) => leave(signal ?? `exit code ${code}`))
    gone.then((how) => this.#onGone(how)).catch(() => undefined)
    child.stdin?.on('error', () => undefined)
    if (!this.#events.mayTrust(child.pid)) {
      leave('the node it was started from has become readable, so it got nothing')
      child.kill('SIGKILL')
      return
    }
    child.stdin?.end(this.#host.source)
    this.#child = child
    this.#send({ kind: 'boot', config: this.#config })
    for (const [id, { request }] of this.#open) this.#send({ kind: 'request', id, request })
  }

  request(request: SourceRequest): Promise<SourceResult> {
    if (this.#isClosed) return Promise.resolve(GONE)
    this.#last += 1
    const id = this.#last
    return new Promise((answer) => {
      this.#open.set(id, { request, answer })
      this.#send({ kind: 'request', id, request })
    })
  }

  close(): void {
    this.#isClosed = true
    clearTimeout(this.#restart)
    this.#killGroups()
    // It ends what was started a moment ago, of which no word has come yet.
    this.#child?.kill('SIGTERM')
    this.#failOpen()
  }

  #send(message: ToCredentialProcess): void {
    if (this.#child?.connected === true) this.#child.send(message, () => undefined)
  }

  #onMessage(message: FromCredentialProcess): void {
    switch (message.kind) {
      case 'result':
        this.#open.get(message.id)?.answer(message.result)
        this.#open.delete(message.id)
        return
      case 'changed':
        this.#events.onChanged(message.provider)
        return
      case 'group-started':
        this.#groups.add(message.group)
        if (this.#isClosed) this.#killGroups()
        return
      case 'group-ended':
        this.#groups.delete(message.group)
    }
  }

  #onGone(how: string): void {
    this.#child = undefined
    this.#killGroups()
    this.#failOpen()
    if (this.#isClosed) return
    if (performance.now() - this.#startedAt > STABLE_AFTER_MS) this.#restarts = 0
    const delay = RESTART_DELAYS_MS[Math.min(this.#restarts, RESTART_DELAYS_MS.length - 1)]
    this.#restarts += 1
    this.#events.onRestart(how)
    this.#restart = setTimeout(() => this.start(), delay)
  }

  #killGroups(): void {
    for (const group of this.#groups) signalGroup(group, 'SIGKILL')
    this.#groups.clear()
  }

  #failOpen(): void {
    for (const { answer } of this.#open.values()) answer(GONE)
    this.#open.clear()
  }
}

/** The rights are as narrow as the sources: no child without a command, no file but those named. */
function deriveArguments({ sources }: CredentialProcessConfig): string[] {
  const files = sources.flatMap(({ source }) => (source.kind === 'file' ? [source.path] : []))
  return [
    '--disable-sigusr1',
    '--permission',
    ...(sources.some(({ source }) => source.kind === 'command') ? ['--allow-child-process'] : []),
    ...files.map((path) => `--allow-fs-read=${path}`),
    '--disable-warning=SecurityWarning',
    '--max-semi-space-size=1',
    '--input-type=module',
    '-',
  ]
}
