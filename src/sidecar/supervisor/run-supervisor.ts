import type { Socket } from 'node:net'
import type { LifecycleEvent } from '../../core/events.ts'
import type { LaunchMessage, ProviderCheck } from '../../core/sidecar-config.ts'
import { type BoundPorts, type Figures, type FromWorker, type ListenerName, LONGEST_DRAIN_MS } from '../ipc.ts'
import { createSidecarLog, type SidecarLog } from '../sidecar-log.ts'
import { createDeadline } from './deadline.ts'
import { FirewallLogReader } from './firewall-log-reader.ts'
import { createListeners, type Listeners } from './listeners.ts'
import { isExposed } from './process-exposure.ts'
import { createRestartPace } from './restart-pace.ts'
import { createSourceRouter, deriveWorkerLaunch, replaceSecret, type SourceRouter } from './route-sources.ts'
import type { SupervisorEffects } from './supervisor-effects.ts'
import { createWatchdog, isProcessAlive } from './watchdog.ts'
import { createWorkerProcess, type WorkerProcess } from './worker-process.ts'

/** Sockets that arrive while no worker is there wait here; beyond that the kernel's backlog has to hold them. */
const MAX_WAITING = 1024
const now = (): number => performance.now()
/** What an end may take: the worker drains for a third of it. */
const END_MS = 3000

/** Starts a supervisor; it lives until {@link SupervisorEffects.exit} is called. */
export function runSupervisor(effects: SupervisorEffects): Supervisor {
  const supervisor = new Supervisor(effects)
  supervisor.start()
  return supervisor
}

/**
 * The small, long-lived half. It holds what must survive a crash of the worker: the secrets, the outcome of validation, the
 * figures so far and the listening sockets. A dead port would hang codex for ever (measured), so the sockets never close
 * while the job runs.
 */
class Supervisor {
  readonly #effects: SupervisorEffects
  readonly #sidecarLog: SidecarLog
  readonly #pace = createRestartPace(now)
  readonly #leaveWithin = createDeadline(now, () => this.#leave(0))
  #worker: WorkerProcess | undefined
  #launch: LaunchMessage | undefined
  #sources: SourceRouter | undefined
  #firewallLog: FirewallLogReader | undefined
  #checks: readonly ProviderCheck[] | null = null
  #figures: Figures | null = null
  #opening: Promise<Listeners> | undefined
  #listeners: Listeners | undefined
  #waiting: { listener: ListenerName; socket: Socket }[] = []
  #isServing = false
  #isAnnounced = false
  #isEnding = false
  #restarts = 0

  constructor(effects: SupervisorEffects) {
    this.#effects = effects
    this.#sidecarLog = createSidecarLog(effects.say)
  }

  start(): void {
    this.#startWorker()
    this.#effects.launch.then(
      (launch) => this.#onLaunch(launch),
      () => this.#fail('The launch message on stdin could not be read'),
    )
  }

  /** Ends everything: asks the worker to drain, then leaves. Also the answer to SIGTERM. */
  end(reason: string): void {
    if (!this.#beginEnd(reason, END_MS)) return
    this.#worker?.send({ kind: 'drain' })
    if (!this.#isServing) this.#leave(0)
  }

  /**
   * Nothing new is accepted, and this process leaves in time whatever the worker does: nobody else would end one that hangs with
   * the keys in its memory. True when that is earlier than was planned.
   */
  #beginEnd(reason: string, withinMs: number): boolean {
    if (!this.#isEnding) this.#log('stopping', reason)
    this.#isEnding = true
    this.#listeners?.close()
    return this.#leaveWithin(withinMs)
  }

  #onLaunch(launch: LaunchMessage): void {
    this.#launch = launch
    this.#sidecarLog.wanted = launch.config.logLevel
    this.#sources = createSourceRouter(this.#effects.credentialProcess, launch, {
      toWorker: (message) => this.#worker?.send(message),
      mayTrust: (pid) => this.#mayTrust(pid),
      onRestart: (how) => this.#log('credential-process-restarted', how),
    })
    const logPath = launch.config.firewall?.logPath
    if (logPath !== undefined) this.#firewallLog = new FirewallLogReader(logPath)
    this.#boot()
    createWatchdog(launch.config, (reason) => this.end(reason), {
      isAlive: isProcessAlive,
      now,
      every: (milliseconds, run) => void setInterval(run, milliseconds),
    })
  }

  #startWorker(): void {
    this.#isServing = false
    this.#pace.start()
    const worker = createWorkerProcess(this.#effects.worker, {
      onMessage: (message) => this.#onMessage(message, worker),
      onExit: (how) => this.#onExit(how),
      onUntaken: (listener, socket) => this.#accept(listener, socket),
    })
    this.#worker = worker
    this.#boot()
  }

  #boot(): void {
    const worker = this.#worker
    if (this.#launch === undefined || worker === undefined) return
    if (!this.#mayTrust(worker.pid)) {
      this.#log('worker-restarted', 'the node it was started from has become readable, so it got no secret')
      worker.kill()
      return
    }
    this.#sidecarLog.say('debug', `worker ${worker.pid ?? 'unknown'} starts, after ${this.#restarts} others`)
    worker.send({
      kind: 'boot',
      launch: deriveWorkerLaunch(this.#launch),
      checks: this.#checks,
      figures: this.#figures,
      restarts: this.#restarts,
    })
  }

  #mayTrust(pid: number | undefined): boolean {
    return this.#launch?.config.isShielded !== true || !isExposed(pid)
  }

  #onMessage(message: FromWorker, worker: WorkerProcess): void {
    switch (message.kind) {
      case 'validated':
        this.#checks = message.checks
        this.#effects.reply({ kind: 'validated', checks: message.checks })
        return
      case 'checks':
        this.#checks = message.checks
        return
      case 'failed':
        this.#fail(message.reason)
        return
      case 'figures':
        this.#figures = message.figures
        return
      case 'serving':
        this.#onServing(worker).catch(() => this.#fail('The listening sockets could not be opened'))
        return
      case 'stopping':
        this.#beginEnd('stopped as asked', LONGEST_DRAIN_MS + END_MS)
        return
      case 'stopped':
        this.#leave(0)
        return
      case 'source-request':
        this.#sources?.ask(message, worker)
        return
      case 'secret-rotated':
        if (this.#launch !== undefined) this.#launch = replaceSecret(this.#launch, message.name, message.value)
        return
      case 'firewall-wanted':
        void this.#firewallLog?.read().then((digest) => worker.send({ kind: 'firewall-digest', digest }))
    }
  }

  async #onServing(worker: WorkerProcess): Promise<void> {
    if (this.#launch === undefined) return
    const { config } = this.#launch
    const { listen = createListeners } = this.#effects
    this.#opening ??= listen(config, (listener, socket) => this.#accept(listener, socket))
    this.#listeners = await this.#opening
    // It may have died meanwhile, and the next one may have come.
    if (worker !== this.#worker) return
    const { ports } = this.#listeners
    worker.send({ kind: 'bound', ports })
    this.#isServing = true
    for (const { listener, socket } of this.#waiting.splice(0)) worker.sendConnection(listener, socket)
    if (!this.#isAnnounced) this.#announce(config.runId, ports)
  }

  #announce(runId: string, ports: BoundPorts): void {
    const { pid } = this.#effects
    this.#isAnnounced = true
    this.#effects.reply({ kind: 'ready', runId, pid, ports: ports.providers, managementPort: ports.management })
    this.#effects.detach()
    this.#log('ready', `worker ${this.#worker?.pid ?? 'unknown'}`)
    for (const [listener, port] of Object.entries({ ...ports.providers, management: ports.management }))
      this.#sidecarLog.say('debug', `${listener} listens on port ${port}`)
  }

  #accept(listener: ListenerName, socket: Socket): void {
    if (this.#isServing) {
      this.#worker?.sendConnection(listener, socket)
      return
    }
    socket.on('error', () => undefined)
    if (this.#waiting.length >= MAX_WAITING) socket.destroy()
    else this.#waiting.push({ listener, socket })
  }

  #onExit(how: string): void {
    this.#isServing = false
    this.#worker = undefined
    if (this.#isEnding) {
      this.#leave(0)
      return
    }
    if (!this.#isAnnounced && this.#pace.isSpent()) {
      this.#fail(`The worker does not start: ${how}`)
      return
    }
    this.#restarts += 1
    this.#log('worker-restarted', how)
    setTimeout(() => this.#startWorker(), this.#pace.next())
  }

  #fail(reason: string): void {
    if (this.#isEnding) return
    this.#isEnding = true
    this.#effects.reply({ kind: 'failed', reason })
    this.#leave(1)
  }

  #leave(code: number): void {
    this.#sidecarLog.say('debug', `ends with exit code ${code}`)
    this.#sources?.close()
    // One that is stopped or hangs would outlive its channel.
    this.#worker?.kill()
    this.#effects.exit(code)
  }

  #log(what: LifecycleEvent['what'], detail: string): void {
    const event: LifecycleEvent = { kind: 'lifecycle', time: new Date().toISOString(), what, detail }
    this.#effects.log(event)
    this.#sidecarLog.note(event)
  }
}
