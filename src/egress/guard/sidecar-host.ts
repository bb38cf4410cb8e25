import { type ChildProcess, spawn } from 'node:child_process'
import type { Readable } from 'node:stream'
import type { GuardConfig } from '../../core/egress-config.ts'
import type { LaunchMessage, SidecarReply } from '../../core/sidecar-config.ts'
import { CredentialBroker, type CredentialBrokerOptions } from './credential-broker.ts'
import { endChild } from './end-child.ts'
import { GuardFailure } from './guard-failure.ts'
import { readLines } from './read-lines.ts'

export interface SidecarHostOptions {
  readonly sidecar: NonNullable<GuardConfig['sidecar']>
  /** Program and arguments, that give up root before anything else. */
  readonly command: readonly string[]
  readonly logFd: number
  readonly accessLogFd: number
  readonly onStarted: (pid: number) => void
  readonly onReply: (reply: SidecarReply) => void
  readonly broker: Omit<CredentialBrokerOptions, 'send' | 'isNeeded'>
}

/** Runs the sidecar's supervisor under a uid of its own. It is not started again, as without a guard: only its worker may die. */
export class SidecarHost {
  readonly #options: SidecarHostOptions
  #child: ChildProcess | undefined
  #broker: CredentialBroker | undefined

  constructor(options: SidecarHostOptions) {
    this.#options = options
  }

  /** Resolves with its pid once it serves. Throws a GuardFailure with its own reason; checks that failed were told before. */
  async start(): Promise<number> {
    const { sidecar, command, logFd, accessLogFd } = this.#options
    const [program = '', ...rest] = command
    const child = spawn(program, rest, {
      cwd: '/',
      env: { ...sidecar.environment },
      stdio: ['pipe', logFd, logFd, 'pipe', accessLogFd, 'ipc'],
    })
    this.#child = child
    if (child.pid !== undefined) this.#options.onStarted(child.pid)
    this.#serveCredentials(child)
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(JSON.stringify(deriveShielded(sidecar.message)))
    await this.#waitUntilReady(child)
    return child.pid ?? 0
  }

  async close(graceMs: number): Promise<void> {
    if (this.#child !== undefined) await endChild(this.#child, graceMs)
    await this.#broker?.close()
  }

  #serveCredentials(child: ChildProcess): void {
    const { broker, sidecar } = this.#options
    const isNeeded = sidecar.message.config.providers.some(
      ({ credential }) => credential.kind === 'command' || credential.kind === 'file',
    )
    const own = new CredentialBroker({
      ...broker,
      isNeeded,
      send: (message) => {
        if (child.connected) child.send(message, () => undefined)
      },
    })
    this.#broker = own
    child.on('message', (message) => own.onMessage(message))
    child.on('disconnect', () => void own.close())
  }

  #waitUntilReady(child: ChildProcess): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    readLines(child.stdio[3] as Readable, (line) => {
      const reply = parseReply(line)
      if (reply !== undefined) this.#options.onReply(reply)
      if (reply?.kind === 'ready') resolve()
      if (reply?.kind === 'failed') reject(new GuardFailure(`The sidecar did not start: ${reply.reason}.`))
    })
    child.on('error', (error) => reject(new GuardFailure(`The sidecar could not be run: ${error.message}.`)))
    child.on('close', (code, signal) => {
      reject(new GuardFailure(`The sidecar ended before it was ready (${signal ?? `exit code ${code}`}).`))
    })
    return promise
  }
}

/** It runs from a node that only root can read, so each of its processes must be one that nobody else can look into. */
function deriveShielded({ config, secrets }: LaunchMessage): LaunchMessage {
  return { config: { ...config, isShielded: true }, secrets }
}

function parseReply(line: string): SidecarReply | undefined {
  try {
    return JSON.parse(line) as SidecarReply
  } catch {
    return undefined
  }
}
