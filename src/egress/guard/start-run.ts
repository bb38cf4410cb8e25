import { closeSync, openSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { GuardConfig, GuardReply, RelayPorts } from '../../core/egress-config.ts'
import type { SidecarReply } from '../../core/sidecar-config.ts'
import { baseOf } from './clean-leftovers.ts'
import { readContainerNetworks } from './container-networks.ts'
import { derivePlaces, PROGRAMS, programPath, relocateArguments } from './copy-programs.ts'
import { EventRecorder } from './event-recorder.ts'
import { FirewallLog, openLogFile } from './firewall-log.ts'
import { lockPrivileges } from './privileges/lock-privileges.ts'
import { ProcessFinder } from './process-finder.ts'
import { readGroups } from './process-identity.ts'
import { RelayKeeper } from './relay-keeper.ts'
import type { RuleBook, RuleSet } from './rule-book.ts'
import { RuleKeeper } from './rule-keeper.ts'
import { SidecarHost } from './sidecar-host.ts'
import type { UndoJournal } from './undo-journal.ts'
import { deriveUnprivilegedCommand, type Identity } from './unprivileged-command.ts'
import { isOfProof, verifyRules } from './verify-rules.ts'

export interface RunOptions {
  readonly config: GuardConfig
  readonly journal: UndoJournal
  readonly rules: RuleBook
  readonly onSidecarReply: (reply: SidecarReply) => void
  readonly onDefect: (error: unknown) => void
  /** Aborted with a GuardFailure. */
  readonly cancelled: AbortSignal
  /** ISO 8601, UTC. */
  readonly now: () => string
}

export interface RunningFirewall {
  readonly facts: Omit<Extract<GuardReply, { kind: 'ready' }>, 'kind' | 'guardPid'>
  /** Ends relay and sidecar and the watch over the rules, which stay. */
  close(): Promise<void>
  /** The last lines of the log. */
  closeLog(reason: string, isAllUndone: boolean): void
}

const MAX_LOG_BYTES = 64 * 1024 * 1024
/** The job is over: nobody waits for an answer of theirs. */
const GRACE_MS = 100

/**
 * Starts everything in the order in which each part may count on those before: sidecar and relay reach the outside as they always
 * did, then the rules close it for all others, then privileges are taken, then it is proven. Throws a GuardFailure; what was done until
 * then is in the journal.
 */
export async function startRun(options: RunOptions): Promise<RunningFirewall> {
  const run = new Run(options)
  try {
    return await run.start()
  } catch (error) {
    await run.close()
    throw error
  }
}

class Run implements RunningFirewall {
  readonly #options: RunOptions
  readonly #runner: Identity
  readonly #node: string
  readonly #logs: string
  readonly #log: FirewallLog
  readonly #recorder: EventRecorder
  readonly #relay: RelayKeeper
  readonly #rules: RuleKeeper
  readonly #sidecar: SidecarHost | undefined
  readonly #descriptors: number[] = []
  #ports: RelayPorts | undefined
  #facts: RunningFirewall['facts'] | undefined

  constructor(options: RunOptions) {
    const { config, journal, now } = options
    this.#options = options
    this.#runner = { uid: config.runnerUid, gid: config.runnerGid, groups: readGroups(config.watch.pid) }
    this.#node = join(baseOf(config.directory), 'node', 'node')
    this.#logs = join(config.directory, 'logs')
    for (const program of PROGRAMS)
      journal.note({ kind: 'tree', path: dirname(programPath(config.directory, program)) })
    for (const uid of [config.relayUid, config.sidecarUid]) journal.note({ kind: 'user', uid })
    this.#log = new FirewallLog({ file: openLogFile(join(this.#logs, 'firewall.jsonl')), maxBytes: MAX_LOG_BYTES, now })
    const finder = new ProcessFinder()
    this.#recorder = new EventRecorder({
      append: (event) => this.#log.append(event),
      find: (inode, uid) => finder.find(inode, uid),
      forget: (inode) => finder.forget(inode),
      now,
      isOwn: isOfProof,
    })
    this.#rules = new RuleKeeper(journal, {
      onDropped: (events) => this.#recorder.onDropped(events),
      onChanged: (detail) => this.#recorder.note('rules-changed', detail),
      now,
    })
    this.#relay = this.#createRelay()
    this.#sidecar = this.#createSidecar()
  }

  get facts(): RunningFirewall['facts'] {
    if (this.#facts === undefined) throw new Error('The firewall is not started')
    return this.#facts
  }

  async start(): Promise<RunningFirewall> {
    const { config, cancelled } = this.#options
    // They do not need one another; the sidecar takes its time to prove credentials.
    const begun = Promise.all([this.#sidecar?.start() ?? null, this.#relay.start()])
    const [sidecarPid, ports] = await orCancelled(begun, cancelled)
    this.#ports = ports
    await this.#rules.load(await this.#deriveRules(ports))
    cancelled.throwIfAborted()
    const limits = await lockPrivileges(this.#lockContext())
    await verifyRules({ runner: this.#runner, node: this.#node, guard: programPath(config.directory, 'guard') })
    cancelled.throwIfAborted()
    this.#rules.watch()
    this.#recorder.note('started')
    this.#facts = {
      sidecarPid,
      proxyPort: ports.proxy,
      logPath: join(this.#logs, 'firewall.jsonl'),
      sidecarLogDirectory: this.#sidecar === undefined ? null : this.#logs,
      limits,
    }
    return this
  }

  async close(): Promise<void> {
    await Promise.all([this.#rules.close(), this.#relay.close(GRACE_MS), this.#sidecar?.close(GRACE_MS)])
    for (const descriptor of this.#descriptors.splice(0)) closeSync(descriptor)
  }

  closeLog(reason: string, isAllUndone: boolean): void {
    if (isAllUndone) this.#recorder.note('privileges-restored')
    this.#recorder.note('stopped', isAllUndone ? reason : `${reason}; not everything could be taken back`)
    this.#log.close()
  }

  #createRelay(): RelayKeeper {
    const { config } = this.#options
    return new RelayKeeper({
      config: config.relay,
      command: this.#confine(config.relayUid, [
        this.#node,
        '--disable-sigusr1',
        '--permission',
        '--disable-warning=SecurityWarning',
        `--allow-fs-read=${dirname(programPath(config.directory, 'relay'))}`,
        '--allow-fs-read=/proc/*',
        programPath(config.directory, 'relay'),
      ]),
      logFd: this.#open('relay.log'),
      onReply: (reply) => (reply.kind === 'opened' ? this.#recorder.onOpened(reply) : this.#recorder.onEvent(reply)),
      onRestarted: (how, ports) => void this.#onRelayRestarted(how, ports).catch(this.#options.onDefect),
    })
  }

  #createSidecar(): SidecarHost | undefined {
    const { config, onSidecarReply } = this.#options
    if (config.sidecar === null) return undefined
    const logFd = this.#open('sidecar.log')
    const words = relocateArguments(config.sidecar.arguments, derivePlaces(config))
    const source = readFileSync(programPath(config.directory, 'credential-process'), 'utf8')
    return new SidecarHost({
      sidecar: config.sidecar,
      command: this.#confine(config.sidecarUid, [this.#node, ...words]),
      logFd,
      accessLogFd: this.#open('access.jsonl'),
      onReply: onSidecarReply,
      broker: { runner: this.#runner, node: this.#node, source, logFd },
    })
  }

  async #onRelayRestarted(how: string, ports: RelayPorts): Promise<void> {
    this.#recorder.note('relay-restarted', how)
    if (JSON.stringify(ports) === JSON.stringify(this.#ports)) return
    this.#ports = ports
    await this.#rules.replace(await this.#deriveRules(ports))
  }

  async #deriveRules(ports: RelayPorts): Promise<RuleSet> {
    const { config, rules } = this.#options
    const { relayUid, sidecarUid, rootAddresses, relay } = config
    const containerNetworks = await readContainerNetworks()
    return rules.derive({ mode: relay.policy.mode, ports, relayUid, sidecarUid, rootAddresses, containerNetworks })
  }

  #lockContext(): Parameters<typeof lockPrivileges>[0] {
    const { config, journal } = this.#options
    return {
      runner: this.#runner,
      runnerName: config.runnerName,
      choices: config.privileges,
      runId: config.runId,
      job: config.watch.pid,
      journal,
    }
  }

  #confine(uid: number, command: readonly string[]): string[] {
    return deriveUnprivilegedCommand({ identity: { uid, gid: uid, groups: [] }, isConfined: true, command })
  }

  #open(name: string): number {
    const descriptor = openSync(join(this.#logs, name), 'ax', 0o644)
    this.#descriptors.push(descriptor)
    return descriptor
  }
}

async function orCancelled<Value>(work: Promise<Value>, cancelled: AbortSignal): Promise<Value> {
  const { promise, reject } = Promise.withResolvers<never>()
  cancelled.addEventListener('abort', () => reject(cancelled.reason), { once: true })
  if (cancelled.aborted) reject(cancelled.reason)
  return Promise.race([work, promise])
}
