import { type ChildProcess, spawn } from 'node:child_process'
import type { Duplex } from 'node:stream'
import type { GuardConfig, RelayConfig, RelayPorts, RelayReply } from '../../core/egress-config.ts'
import { endChild, hasEnded } from './end-child.ts'
import { GuardFailure } from './guard-failure.ts'
import { readLines } from './read-lines.ts'

export interface RelayKeeperOptions {
  readonly config: GuardConfig['relay']
  /** Program and arguments, that give up root before anything else. */
  readonly command: readonly string[]
  /** Descriptor of its log. */
  readonly logFd: number
  readonly onReply: (reply: Extract<RelayReply, { kind: 'opened' | 'event' }>) => void
  /** It died and another one serves; its ports are the old ones but where somebody else has taken one. */
  readonly onRestarted: (how: string, ports: RelayPorts) => void
}

const START_MS = 10_000
const RESTART_DELAYS_MS = [0, 50, 200, 500, 1000]
/** Attempts on the old ports; after them any port will do, and the rules follow. */
const SAME_PORTS_ATTEMPTS = 3
const STABLE_AFTER_MS = 10_000
const MAX_UNREAD_BYTES = 64 * 1024

/** Keeps a relay alive. While none lives the rules lead to closed ports: nothing passes. */
export class RelayKeeper {
  readonly #options: RelayKeeperOptions
  #child: ChildProcess | undefined
  #ports: RelayPorts | null = null
  #attempts = 0
  #restart: NodeJS.Timeout | undefined
  #isClosed = false

  constructor(options: RelayKeeperOptions) {
    this.#options = options
  }

  /** Starts the first one. Throws a GuardFailure with the relay's own reason. */
  async start(): Promise<RelayPorts> {
    const ports = await this.#launch(null)
    this.#ports = ports
    return ports
  }

  /** Asks it to end, then ends it. */
  async close(graceMs: number): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#restart)
    if (this.#child !== undefined) await endChild(this.#child, graceMs)
  }

  async #launch(ports: RelayPorts | null): Promise<RelayPorts> {
    const [program = '', ...rest] = this.#options.command
    const child = spawn(program, rest, {
      cwd: '/',
      env: {},
      stdio: ['pipe', this.#options.logFd, this.#options.logFd, 'pipe'],
    })
    this.#child = child
    child.stdin?.on('error', () => undefined)
    const config: RelayConfig = { ...this.#options.config, ports }
    child.stdin?.end(JSON.stringify(config))
    return this.#follow(child)
  }

  /** Resolves with the ports of its first word; goes on reading, and missing it, for as long as it lives. */
  #follow(child: ChildProcess): Promise<RelayPorts> {
    const { promise, resolve, reject } = Promise.withResolvers<RelayPorts>()
    const timer = setTimeout(
      () => reject(new GuardFailure(`The relay was not ready within ${START_MS / 1000} s.`)),
      START_MS,
    )
    const since = performance.now()
    let isReady = false
    const channel = child.stdio[3] as Duplex
    readLines(channel, (line) => {
      const reply = parseReply(line)
      if (reply?.kind === 'ready') {
        isReady = true
        resolve(reply.ports)
      } else if (reply?.kind === 'failed') reject(new GuardFailure(`The relay did not start: ${reply.reason}`))
      else if (reply !== undefined) {
        this.#options.onReply(reply)
        if (reply.kind === 'opened') tellSeen(channel, reply.inode)
      }
    })
    child.on('error', (error) => reject(new GuardFailure(`The relay could not be run: ${error.message}.`)))
    child.on('close', (code, signal) => {
      const how = signal ?? `exit code ${code}`
      reject(new GuardFailure(`The relay ended before it was ready (${how}).`))
      if (performance.now() - since > STABLE_AFTER_MS) this.#attempts = 0
      if (isReady) this.#plan(how)
    })
    return promise.finally(() => clearTimeout(timer))
  }

  #plan(how: string): void {
    if (this.#isClosed) return
    const delay = RESTART_DELAYS_MS[Math.min(this.#attempts, RESTART_DELAYS_MS.length - 1)]
    this.#attempts += 1
    this.#restart = setTimeout(() => void this.#again(how), delay)
  }

  async #again(how: string): Promise<void> {
    try {
      const ports = await this.#launch(this.#attempts <= SAME_PORTS_ATTEMPTS ? this.#ports : null)
      this.#ports = ports
      this.#options.onRestarted(how, ports)
    } catch {
      if (this.#child !== undefined && !hasEnded(this.#child)) await endChild(this.#child, 0)
      this.#plan(how)
    }
  }
}

/** A refused client waits for it. A relay that does not read is left without: what waits for it here stays small. */
function tellSeen(channel: Duplex, inode: number): void {
  if (channel.writableLength < MAX_UNREAD_BYTES) channel.write(`${inode}\n`)
}

/** A line that is none of ours is left out: the relay reads what attackers send, and root reads what the relay says. */
function parseReply(line: string): RelayReply | undefined {
  try {
    const reply = JSON.parse(line) as Partial<RelayReply> | null
    return isReply(reply) ? reply : undefined
  } catch {
    return undefined
  }
}

function isReply(reply: Partial<RelayReply> | null): reply is RelayReply {
  switch (reply?.kind) {
    case 'ready':
      return typeof reply.ports === 'object' && Object.values(reply.ports).every((port) => Number.isInteger(port))
    case 'failed':
      return typeof reply.reason === 'string'
    case 'opened':
      return Number.isSafeInteger(reply.inode)
    case 'event':
      return typeof reply.event === 'object' && (reply.inode === null || Number.isSafeInteger(reply.inode))
    default:
      return false
  }
}
