import type { CredentialRights } from '../../core/credential-broker.ts'
import type { ProviderId } from '../../core/providers/provider.ts'
import type { CredentialProcessConfig, FromCredentialProcess, ToCredentialProcess } from '../credential-ipc.ts'
import type { SourceRequest, SourceResult } from '../ipc.ts'
import type { CredentialChild, CredentialProcessHost } from './credential-child.ts'
import { createRestartPace } from './restart-pace.ts'

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
  #child: CredentialChild | undefined
  #restart: NodeJS.Timeout | undefined
  #isClosed = false
  #last = 0
  readonly #pace = createRestartPace(() => performance.now())

  constructor(host: CredentialProcessHost, config: CredentialProcessConfig, events: CredentialProcessEvents) {
    this.#host = host
    this.#config = config
    this.#events = events
  }

  start(): void {
    this.#pace.start()
    this.#child = this.#host.start(deriveRights(this.#config), {
      onMessage: (message) => this.#onMessage(message),
      onGone: (how) => this.#onGone(how),
      mayTrust: this.#events.mayTrust,
    })
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
    this.#child?.end()
    this.#failOpen()
  }

  #send(message: ToCredentialProcess): void {
    this.#child?.send(message)
  }

  #onMessage(message: FromCredentialProcess): void {
    if (message.kind === 'changed') this.#events.onChanged(message.provider)
    if (message.kind !== 'result') return
    this.#open.get(message.id)?.answer(message.result)
    this.#open.delete(message.id)
  }

  #onGone(how: string): void {
    this.#child = undefined
    this.#failOpen()
    if (this.#isClosed) return
    this.#events.onRestart(how)
    this.#restart = setTimeout(() => this.start(), this.#pace.next())
  }

  #failOpen(): void {
    for (const { answer } of this.#open.values()) answer(GONE)
    this.#open.clear()
  }
}

function deriveRights({ sources }: CredentialProcessConfig): CredentialRights {
  return {
    mayStartPrograms: sources.some(({ source }) => source.kind === 'command'),
    readableFiles: sources.flatMap(({ source }) => (source.kind === 'file' ? [source.path] : [])),
  }
}
