import type { Socket } from 'node:net'
import type { LifecycleEvent } from '../../core/events.ts'
import type { LaunchMessage, ProviderCheck, SidecarReply } from '../../core/sidecar-config.ts'
import type { BoundPorts, Figures, FromWorker, ListenerName } from '../ipc.ts'
import type { CredentialProcessHost } from './credential-child.ts'
import { FirewallLogReader } from './firewall-log-reader.ts'
import { createListeners, type Listeners } from './listeners.ts'
import { isExposed } from './process-exposure.ts'
import { createSourceRouter, deriveWorkerLaunch, replaceSecret, type SourceRouter } from './route-sources.ts'
import { createWatchdog, isProcessAlive } from './watchdog.ts'
import { createWorkerProcess, type WorkerHost, type WorkerProcess } from './worker-process.ts'

export interface SupervisorEffects {
  readonly worker: WorkerHost
  readonly credentialProcess: CredentialProcessHost
  /** Resolves with the launch message once stdin has ended. */
  readonly launch: Promise<LaunchMessage>
  readonly reply: (reply: SidecarReply) => void
  /** Closes the reply channel: the action may go. */
  readonly detach: () => void
  readonly log: (event: LifecycleEvent) => void
  readonly exit: (code: number) => void
  readonly pid: number
}

/** Sockets that arrive while no worker is there wait here; beyond that the kernel's backlog has to hold them. */
const MAX_WAITING = 1024
const RESTART_DELAYS_MS = [0, 50, 200, 500, 1000]
const STABLE_AFTER_MS = 10_000

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
  #worker: WorkerProcess | undefined
  #launch: LaunchMessage | undefined
  #sources: SourceRouter | undefined
  #firewallLog: FirewallLogReader | undefined
  #checks: readonly ProviderCheck[] | null = null
  #figures: Figures | null = null
  #listeners: Listeners | undefined
  #waiting: { listener: ListenerName; socket: Socket }[] = []
  #isServing = false
  #isEnding = false
  #restarts = 0
  #totalRestarts = 0
  #startedAt = 0

  constructor(effects: SupervisorEffects) {
    this.#effects = effects
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
    if (this.#isEnding) return
    this.#isEnding = true
    this.#log('stopping', reason)
    this.#listeners?.close()
    this.#worker?.send({ kind: 'drain' })
    setTimeout(() => this.#leave(0), 3000).unref()
    if (!this.#isServing) this.#leave(0)
  }

  #onLaunch(launch: LaunchMessage): void {
    this.#launch = launch
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
      now: () => performance.now(),
      every: (milliseconds, run) => {
        const timer = setInterval(run, milliseconds)
        return () => clearInterval(timer)
      },
    })
  }

  #startWorker(): void {
    this.#isServing = false
    this.#startedAt = performance.now()
    const worker = createWorkerProcess(this.#effects.worker, {
      onMessage: (message) => this.#onMessage(message, worker),
      onExit: (how) => this.#onExit(how),
      onUntaken: (listener, socket) => this.#accept(listener, socket),
    })
    this.#worker = worker
    this.#boot()
  }

  #boot(): void {
    if (this.#launch === undefined) return
    if (!this.#mayTrust(this.#worker?.pid)) {
      this.#log('worker-restarted', 'the node it was started from has become readable, so it got no secret')
      this.#worker?.kill()
      return
    }
    this.#worker?.send({
      kind: 'boot',
      launch: deriveWorkerLaunch(this.#launch),
      checks: this.#checks,
      figures: this.#figures,
      restarts: this.#totalRestarts,
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
        this.#onServing().catch(() => this.#fail('The listening sockets could not be opened'))
        return
      case 'stopping':
        if (!this.#isEnding) this.#log('stopping', 'stopped as asked')
        this.#isEnding = true
        this.#listeners?.close()
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

  async #onServing(): Promise<void> {
    if (this.#launch === undefined) return
    const isFirst = this.#listeners === undefined
    this.#listeners ??= await createListeners(this.#launch.config, (listener, socket) => this.#accept(listener, socket))
    const { ports } = this.#listeners
    this.#worker?.send({ kind: 'bound', ports })
    this.#isServing = true
    for (const { listener, socket } of this.#waiting.splice(0)) this.#worker?.sendConnection(listener, socket)
    if (isFirst) this.#announce(this.#launch.config.runId, ports)
  }

  #announce(runId: string, ports: BoundPorts): void {
    const { pid } = this.#effects
    this.#effects.reply({ kind: 'ready', runId, pid, ports: ports.providers, managementPort: ports.management })
    this.#effects.detach()
    this.#log('ready', `worker ${this.#worker?.pid ?? 'unknown'}`)
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
    if (this.#isEnding) {
      this.#leave(0)
      return
    }
    if (this.#listeners === undefined && this.#restarts >= RESTART_DELAYS_MS.length) {
      this.#fail(`The worker does not start: ${how}`)
      return
    }
    if (performance.now() - this.#startedAt > STABLE_AFTER_MS) this.#restarts = 0
    const delay = RESTART_DELAYS_MS[Math.min(this.#restarts, RESTART_DELAYS_MS.length - 1)] ?? 1000
    this.#restarts += 1
    this.#totalRestarts += 1
    this.#log('worker-restarted', how)
    setTimeout(() => this.#startWorker(), delay)
  }

  #fail(reason: string): void {
    if (this.#isEnding) return
    this.#isEnding = true
    this.#effects.reply({ kind: 'failed', reason })
    this.#leave(1)
  }

  #leave(code: number): void {
    this.#sources?.close()
    this.#effects.exit(code)
  }

  #log(what: LifecycleEvent['what'], detail: string): void {
    this.#effects.log({ kind: 'lifecycle', time: new Date().toISOString(), what, detail })
  }
}
