import type { RequestEvent } from '../../../core/events.ts'

/**
 * The last requests, for whoever looks. The one thing of the status page on the way of a request: one slot is written. Kept as lines of
 * the access log, because the strings of an event are parts of larger ones, such as the whole head, and would keep those.
 */
export class RecentRequests {
  readonly #slots: string[] = []
  readonly #most: number
  #next = 0

  constructor(most: number) {
    this.#most = most
  }

  /** @param line the event of a request in JSON. */
  push(line: string): void {
    this.#slots[this.#next] = line
    this.#next = (this.#next + 1) % this.#most
  }

  /** Newest first. */
  list(): readonly RequestEvent[] {
    const { length } = this.#slots
    return this.#slots.map((_, index) => {
      const line = this.#slots[(this.#next - 1 - index + length * 2) % length] ?? ''
      return JSON.parse(line) as RequestEvent
    })
  }
}
