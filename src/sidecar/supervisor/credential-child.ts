import { type ChildProcess, spawn } from 'node:child_process'
import { type CredentialRights, deriveCredentialArguments } from '../../core/credential-broker.ts'
import type { FromCredentialProcess, ToCredentialProcess } from '../credential-ipc.ts'
import { signalGroup } from '../signal-group.ts'

/** A credential process that lives, wherever it was started. */
export interface CredentialChild {
  send(message: ToCredentialProcess): void
  /** Ends it with every command that it runs, at once. */
  end(): void
}

export interface CredentialChildEvents {
  readonly onMessage: (message: FromCredentialProcess) => void
  /** Once, after everything that it said. */
  readonly onGone: (how: string) => void
  /** False when others could read its memory: then it gets nothing and is ended. */
  readonly mayTrust: (pid: number | undefined) => boolean
}

/** Who starts credential processes: the supervisor itself, or the guard for it. */
export interface CredentialProcessHost {
  start(rights: CredentialRights, events: CredentialChildEvents): CredentialChild
}

export interface OwnHostOptions {
  /** As of the worker: on Linux `/proc/self/exe`. */
  readonly execPath: string
  /** Its program text, read once at start. */
  readonly source: string
  readonly environment: Readonly<Record<string, string>>
}

/** Starts credential processes as children of this process, with its user. */
export function createOwnHost(options: OwnHostOptions): CredentialProcessHost {
  return {
    start: (rights, events) => {
      try {
        return new OwnChild(spawnCredentialProcess(options, rights), options.source, events)
      } catch (error) {
        // Node tells of some failures so (ENOMEM is one), of others through 'error': for the caller they are the same.
        setImmediate(() => events.onGone(renderNotStarted(error)))
        return { send: () => undefined, end: () => undefined }
      }
    },
  }
}

function spawnCredentialProcess(options: OwnHostOptions, rights: CredentialRights): ChildProcess {
  return spawn(options.execPath, deriveCredentialArguments(rights), {
    stdio: ['pipe', 'ignore', 'inherit', 'ipc'],
    env: { ...options.environment },
    windowsHide: true,
  })
}

function renderNotStarted(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'error'
}

class OwnChild implements CredentialChild {
  readonly #child: ChildProcess
  readonly #events: CredentialChildEvents
  readonly #groups = new Set<number>()
  #isEnded = false

  constructor(child: ChildProcess, source: string, events: CredentialChildEvents) {
    this.#events = events
    this.#child = child
    this.#child.on('message', (message) => this.#onMessage(message as FromCredentialProcess))
    const gone = this.#watchEnd()
    this.#child.stdin?.on('error', () => undefined)
    if (events.mayTrust(this.#child.pid)) this.#child.stdin?.end(source)
    else {
      gone('the node it was started from has become readable, so it got nothing')
      this.#isEnded = true
      this.#child.kill('SIGKILL')
    }
  }

  send(message: ToCredentialProcess): void {
    if (this.#child.connected && !this.#isEnded) this.#child.send(message, () => undefined)
  }

  end(): void {
    this.#isEnded = true
    this.#killGroups()
    // It ends what was started a moment ago, of which no word has come yet.
    this.#child.kill('SIGTERM')
  }

  #onMessage(message: FromCredentialProcess): void {
    switch (message.kind) {
      case 'group-started':
        this.#groups.add(message.group)
        if (this.#isEnded) this.#killGroups()
        return
      case 'group-ended':
        this.#groups.delete(message.group)
        return
      case 'result':
      case 'changed':
        this.#events.onMessage(message)
    }
  }

  #watchEnd(): (how: string) => void {
    const { promise, resolve } = Promise.withResolvers<string>()
    this.#child.on('error', (error) => resolve(renderNotStarted(error)))
    // Not 'exit': which groups it leads may still be in the channel.
    this.#child.on('close', (code, signal) => resolve(signal ?? `exit code ${code}`))
    promise
      .then((how) => {
        this.#killGroups()
        this.#events.onGone(how)
      })
      .catch(() => undefined)
    return resolve
  }

  #killGroups(): void {
    for (const group of this.#groups) signalGroup(group, 'SIGKILL')
    this.#groups.clear()
  }
}
