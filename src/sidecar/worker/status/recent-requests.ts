import type { RequestEvent } from '../../../core/events.ts'

/** The last requests, for whoever looks. The one thing of the status page on the way of a request: one slot is written. */
export class RecentRequests {
  readonly #slots: RequestEvent[] = []
  readonly #most: number
  #next = 0

  constructor(most: number) {
    this.#most = most
  }

  push(event: RequestEvent): void {
    this.#slots[this.#next] = event
    this.#next = (this.#next + 1) % this.#most
  }

  /** Newest first. */
  list(): readonly RequestEvent[] {
    const { length } = this.#slots
    return this.#slots.map((_, index) => this.#slots[(this.#next - 1 - index + length * 2) % length] as RequestEvent)
  }
}
