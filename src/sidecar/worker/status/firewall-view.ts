import type { EgressDigest } from '../../../core/report/egress-digest.ts'

export interface FirewallViewOptions {
  /** Asks the supervisor, which alone may read the log. */
  readonly ask: () => void
  /** Monotonic milliseconds. */
  readonly now: () => number
}

/** Older figures are asked for again, and not oftener. */
const FRESH_MS = 1000
/** Whoever looks does not wait longer for the supervisor; then the figures before are shown. */
const LONGEST_WAIT_MS = 500

/** What the worker knows of the firewall: it may read no file, so it asks, and only while somebody looks. */
export class FirewallView {
  readonly #options: FirewallViewOptions
  #digest: EgressDigest | null = null
  #askedAt = Number.NEGATIVE_INFINITY
  #waiting: (() => void)[] = []

  constructor(options: FirewallViewOptions) {
    this.#options = options
  }

  /** The latest figures; null when the log cannot be read. */
  get latest(): EgressDigest | null {
    return this.#digest
  }

  async refresh(): Promise<void> {
    const { ask, now } = this.#options
    if (now() - this.#askedAt < FRESH_MS) return
    this.#askedAt = now()
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#waiting.push(resolve)
    const timer = setTimeout(resolve, LONGEST_WAIT_MS)
    ask()
    await promise
    clearTimeout(timer)
  }

  onDigest(digest: EgressDigest | null): void {
    this.#digest = digest
    for (const resolve of this.#waiting.splice(0)) resolve()
  }
}
