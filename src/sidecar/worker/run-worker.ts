import type { LifecycleEvent } from '../../core/events.ts'
import type { ProviderId } from '../../core/providers/provider.ts'
import { isBlockingCheck, type ProviderCheck } from '../../core/sidecar-config.ts'
import type { BoundPorts, FromWorker, ListenerName, ToWorker } from '../ipc.ts'
import { createSidecarLog, type SidecarLog } from '../sidecar-log.ts'
import { type AccessLog, createAccessLog, writeToDescriptor } from './access-log.ts'
import { createSourceClient, type SourceClient } from './credentials/source-client.ts'
import { createLiveRedactor, type LiveRedactor } from './live-redactor.ts'
import { createService, type Service } from './service.ts'

export interface WorkerEffects {
  readonly accessLogFd: number
  readonly send: (message: FromWorker) => void
  /** One line for the sidecar log; already redacted. */
  readonly say: (line: string) => void
  readonly nodeVersion: string
}

type Boot = Extract<ToWorker, { kind: 'boot' }>

/** Starts a worker; everything it does is answered to messages of the supervisor. */
export function runWorker(effects: WorkerEffects): Worker {
  return new Worker(effects)
}

class Worker {
  readonly #effects: WorkerEffects
  readonly #log: AccessLog
  readonly #sidecarLog: SidecarLog
  readonly #sources: SourceClient
  #service: Service | undefined
  #redactor: LiveRedactor | undefined
  #ports: BoundPorts | undefined

  constructor(effects: WorkerEffects) {
    this.#effects = effects
    this.#sidecarLog = createSidecarLog(effects.say)
    this.#log = createAccessLog(writeToDescriptor(effects.accessLogFd), {
      onFirstLoss: (code) =>
        this.#sidecarLog.say(
          'error',
          `access log: it could not be written (${code}); requests go on without their lines`,
        ),
    })
    this.#sources = createSourceClient((message) => effects.send(message))
  }

  onMessage(message: ToWorker, handle: unknown): void {
    switch (message.kind) {
      case 'boot':
        this.#boot(message).catch((error: unknown) => this.#fail(error))
        return
      case 'bound':
        this.#ports = message.ports
        return
      case 'connection':
        this.#effects.send({ kind: 'taken', id: message.id })
        this.#accept(message.listener, handle)
        return
      case 'roll-call':
        this.#effects.send({ kind: 'present', upTo: message.upTo })
        return
      case 'drain':
        this.#stop(1000).then(
          () => this.#leave(),
          () => this.#leave(),
        )
        return
      case 'source-result':
      case 'source-changed':
        this.#sources.onMessage(message)
        return
      case 'firewall-digest':
        this.#service?.onFirewallDigest(message.digest)
    }
  }

  /** Anything thrown outside of a request's own handling: said, and survived. */
  onDefect(error: unknown): void {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    this.#sidecarLog.say('error', this.#redactor?.redact(`defect: ${text}`) ?? 'defect before the start')
  }

  async #boot(boot: Boot): Promise<void> {
    const { config, secrets } = boot.launch
    const redactor = createLiveRedactor(Object.values(secrets).filter((value) => value !== undefined))
    this.#redactor = redactor
    this.#sidecarLog.wanted = config.logLevel
    const service = await createService({
      boot,
      redactor,
      sources: this.#sources,
      nodeVersion: this.#effects.nodeVersion,
      ports: () => this.#ports,
      log: this.#log,
      onLifecycle: (what, detail) => this.#note(what, detail),
      onFigures: (figures) => this.#effects.send({ kind: 'figures', figures }),
      onRotated: (name, value) => this.#effects.send({ kind: 'secret-rotated', name, value: value.reveal() }),
      onChecks: (checks) => this.#effects.send({ kind: 'checks', checks }),
      askFirewall: () => this.#effects.send({ kind: 'firewall-wanted' }),
      stop: (drainMs) => this.#stop(drainMs),
      onStopped: () => this.#leave(),
    })
    this.#service = service
    const checks = service.checks()
    for (const check of checks) this.#sidecarLog.say('debug', redactor.redact(renderCheck(check)))
    if (boot.checks === null) {
      this.#effects.send({ kind: 'validated', checks })
      if (config.validate === 'strict' && checks.some(isBlockingCheck)) {
        this.#effects.send({ kind: 'failed', reason: renderRejected(checks) })
        return
      }
    }
    this.#effects.send({ kind: 'serving' })
  }

  #accept(listener: ListenerName, handle: unknown): void {
    if (handle === undefined || handle === null) return
    this.#sidecarLog.say('debug', `connection to ${listener}`)
    this.#service?.accept(listener, handle)
  }

  async #stop(drainMs: number): Promise<void> {
    this.#effects.send({ kind: 'stopping' })
    this.#sidecarLog.say('debug', `drain begins, for ${drainMs} ms at most`)
    await this.#service?.drain(drainMs)
    await this.#log.flush()
    this.#sidecarLog.say('debug', 'drain is over')
  }

  #leave(): void {
    this.#effects.send({ kind: 'stopped' })
  }

  #note(what: LifecycleEvent['what'], detail: { readonly provider?: ProviderId; readonly detail?: string }): void {
    const event: LifecycleEvent = { kind: 'lifecycle', time: new Date().toISOString(), what, ...detail }
    this.#log.append(event)
    this.#sidecarLog.note(event)
  }

  #fail(error: unknown): void {
    this.onDefect(error)
    this.#effects.send({ kind: 'failed', reason: 'The sidecar could not prepare its credentials' })
  }
}

function renderCheck({ provider, verdict, cause, routing, upstream }: ProviderCheck): string {
  return `checked: ${provider}: ${verdict} (${cause}), ${routing} at ${upstream.hostname}`
}

function renderRejected(checks: readonly ProviderCheck[]): string {
  const names = checks.filter(isBlockingCheck).map((check) => check.provider)
  return `Validation failed for ${names.join(', ')}`
}
