import { type ChildProcess, spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import {
  type CredentialRights,
  deriveCredentialArguments,
  type FromBroker,
  type ToBroker,
} from '../../core/credential-broker.ts'
import { endChild } from './end-child.ts'
import { runTool } from './run-tool.ts'
import { deriveUnprivilegedCommand, type Identity } from './unprivileged-command.ts'

export interface CredentialBrokerOptions {
  /** Whose programs and files they are. */
  readonly runner: Identity
  /** Path of the copied node, and the text of the copied credential process. */
  readonly node: string
  readonly source: string
  /** Descriptor of the sidecar's log. */
  readonly logFd: number
  /** False where no source of the run is a command or a file: then there is nothing to start. */
  readonly isNeeded: boolean
  readonly send: (message: FromBroker) => void
}

const GRACE_MS = 2000

interface Started {
  readonly child: ChildProcess
  /** Process groups of commands that run; as that process tells them, so they are nobody's but perhaps the runner's. */
  readonly groups: Set<number>
}

/**
 * Starts credential processes for the supervisor, as the runner's user, and carries messages. What the supervisor can make it do is
 * what the runner's user can do anyway; what a credential process can make it do is to end process groups of that same user.
 */
export class CredentialBroker {
  readonly #options: CredentialBrokerOptions
  readonly #started = new Map<number, Started>()
  #isClosed = false

  constructor(options: CredentialBrokerOptions) {
    this.#options = options
  }

  /** A message of the supervisor. One that is none of ours is left out. */
  onMessage(message: unknown): void {
    const known = message as Partial<ToBroker> | null
    if (!Number.isSafeInteger(known?.number)) return
    switch (known?.kind) {
      case 'start':
        this.#start(known.number as number, parseRights(known.rights))
        return
      case 'send':
        this.#send(known.number as number, known.message)
        return
      case 'end':
        void this.#end(this.#started.get(known.number as number))
        return
      default:
    }
  }

  /** The supervisor is gone: nobody is left who could ask. */
  async close(): Promise<void> {
    this.#isClosed = true
    await Promise.all([...this.#started.values()].map((started) => this.#end(started)))
  }

  #start(number: number, rights: CredentialRights | undefined): void {
    const options = this.#options
    if (this.#isClosed || this.#started.has(number)) return
    if (!options.isNeeded || rights === undefined) {
      options.send({ kind: 'gone', number, how: 'no source of this run needs it' })
      return
    }
    const command = [options.node, ...deriveCredentialArguments(rights)]
    const [program = '', ...words] = deriveUnprivilegedCommand({ identity: options.runner, isConfined: false, command })
    const child = spawn(program, words, { cwd: '/', env: {}, stdio: ['pipe', 'ignore', options.logFd, 'ipc'] })
    const started = { child, groups: new Set<number>() }
    this.#started.set(number, started)
    this.#follow(number, started)
    this.#makeKillable(child)
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(options.source)
  }

  #follow(number: number, started: Started): void {
    const { promise, resolve } = Promise.withResolvers<string>()
    started.child.on('message', (message) => {
      noteGroup(started.groups, message)
      this.#options.send({ kind: 'received', number, message })
    })
    started.child.on('error', (error) => resolve((error as NodeJS.ErrnoException).code ?? 'error'))
    started.child.on('close', (code, signal) => resolve(signal ?? `exit code ${code}`))
    promise
      .then(async (how) => {
        await this.#endGroups(started)
        this.#started.delete(number)
        this.#options.send({ kind: 'gone', number, how })
      })
      .catch(() => undefined)
  }

  #send(number: number, message: unknown): void {
    const child = this.#started.get(number)?.child
    if (child?.connected === true) child.send(message as object, () => undefined)
  }

  async #end(started: Started | undefined): Promise<void> {
    if (started === undefined) return
    await this.#endGroups(started)
    await endChild(started.child, GRACE_MS)
  }

  /** With the rights of the runner's user: the numbers are that user's word, and root could hit anybody. */
  async #endGroups({ groups }: Started): Promise<void> {
    if (groups.size === 0) return
    const command = ['kill', '-KILL', '--', ...[...groups].map((group) => `-${group}`)]
    groups.clear()
    await runTool(deriveUnprivilegedCommand({ identity: this.#options.runner, isConfined: true, command }))
  }

  /** The guard is the last that the kernel kills for want of memory; a program of the user's must not have that from it. */
  #makeKillable({ pid }: ChildProcess): void {
    try {
      writeFileSync(`/proc/${pid}/oom_score_adj`, '0')
    } catch {
      // It has ended already.
    }
  }
}

function noteGroup(groups: Set<number>, message: unknown): void {
  const { kind, group } = (message ?? {}) as { readonly kind?: unknown; readonly group?: unknown }
  if (!Number.isSafeInteger(group) || (group as number) < 2) return
  if (kind === 'group-started') groups.add(group as number)
  if (kind === 'group-ended') groups.delete(group as number)
}

function parseRights(rights: unknown): CredentialRights | undefined {
  const { mayStartPrograms, readableFiles } = (rights ?? {}) as Partial<CredentialRights>
  const isKnown = typeof mayStartPrograms === 'boolean' && Array.isArray(readableFiles)
  if (!isKnown || !readableFiles.every((path) => typeof path === 'string' && path.startsWith('/'))) return undefined
  return { mayStartPrograms, readableFiles }
}
