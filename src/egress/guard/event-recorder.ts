import type { RelayReply } from '../../core/egress-config.ts'
import type { EgressEvent, EgressLifecycleEvent, EgressLogEvent } from '../../core/egress-event.ts'
import type { Holder } from './process-finder.ts'

export interface EventRecorderOptions {
  readonly append: (event: EgressLogEvent) => void
  readonly find: (inode: number, uid: number | null) => Holder | undefined
  readonly forget: (inode: number) => void
  /** ISO 8601, UTC. */
  readonly now: () => string
  /** True for what the guard itself caused while it proved the rules. */
  readonly isOwn: (event: EgressEvent) => boolean
}

/** Completes what the relay tells by what only root can see, and writes it down. */
export class EventRecorder {
  readonly #options: EventRecorderOptions

  constructor(options: EventRecorderOptions) {
    this.#options = options
  }

  /** Looked up while the client still holds its socket: at the end of a connection the program may be gone. */
  onOpened({ inode }: Extract<RelayReply, { kind: 'opened' }>): void {
    this.#options.find(inode, null)
  }

  onEvent({ event, inode }: Extract<RelayReply, { kind: 'event' }>): void {
    if (event.kind === 'lifecycle') {
      this.#options.append(event)
      return
    }
    if (this.#options.isOwn(event)) return
    const holder = inode === null ? undefined : this.#options.find(inode, event.uid)
    if (inode !== null) this.#options.forget(inode)
    this.#options.append(holder === undefined ? event : { ...event, ...holder })
  }

  /** What the rules refused by themselves. */
  onDropped(events: readonly EgressEvent[]): void {
    for (const event of events) if (!this.#options.isOwn(event)) this.#options.append(event)
  }

  note(what: EgressLifecycleEvent['what'], detail?: string): void {
    const time = this.#options.now()
    this.#options.append({ kind: 'lifecycle', time, what, ...(detail === undefined ? {} : { detail }) })
  }
}
