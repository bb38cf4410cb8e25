import { type ChildProcess, spawn } from 'node:child_process'
import type { EgressEvent } from '../../core/egress-event.ts'
import { GuardFailure } from './guard-failure.ts'
import { normaliseListing } from './normalise-listing.ts'
import type { RuleSet } from './rule-book.ts'
import { requireTool, runOrFail, runTool } from './run-tool.ts'
import type { UndoJournal } from './undo-journal.ts'

export interface RuleKeeperEvents {
  readonly onDropped: (events: readonly EgressEvent[]) => void
  /** Somebody changed the rules or took them away; they are as they were again, or could not be loaded. */
  readonly onChanged: (detail: string) => void
  /** ISO 8601, UTC. */
  readonly now: () => string
}

const POLL_MS = 1000
const MONITOR_RESTART_MS = 1000
/** A flush is many messages of the monitor. */
const SETTLE_MS = 20
const ROUTES_EVERY_POLLS = 10

/** Loads the rule set and keeps it loaded until {@link close}. Only root can change it; firewalls that reload themselves do. */
export class RuleKeeper {
  readonly #journal: UndoJournal
  readonly #events: RuleKeeperEvents
  readonly #nft = requireTool('nft', 'nftables')
  #rules: RuleSet | undefined
  #baseline = ''
  #listing = ''
  #polls = 0
  #queue: Promise<void> = Promise.resolve()
  #isChecking = false
  #timer: NodeJS.Timeout | undefined
  #settle: NodeJS.Timeout | undefined
  #monitor: ChildProcess | undefined
  #isClosed = false

  constructor(journal: UndoJournal, events: RuleKeeperEvents) {
    this.#journal = journal
    this.#events = events
  }

  /** Routes, then the rules in one transaction, then a look whether all of them are there. Throws a GuardFailure. */
  async load(rules: RuleSet): Promise<void> {
    for (const remove of rules.routes.remove) this.#journal.note({ kind: 'route', remove })
    await this.#addRoutes(rules)
    this.#journal.note({ kind: 'rules', text: rules.undo })
    await this.#enforce(rules)
  }

  /** As {@link load} for other ports of the relay: what takes it back is the same. */
  replace(rules: RuleSet): Promise<void> {
    return this.#enqueue(() => this.#enforce(rules))
  }

  watch(): void {
    this.#startMonitor()
    this.#timer = setInterval(() => this.#check(), POLL_MS)
  }

  /** Ends the watch and tells what was refused last. The rules stay: they go with the journal. */
  async close(): Promise<void> {
    this.#isClosed = true
    clearInterval(this.#timer)
    clearTimeout(this.#settle)
    this.#monitor?.kill('SIGKILL')
    await this.#queue
    const listing = this.#rules === undefined ? '' : await this.#list(this.#rules)
    if (listing !== '') this.#tellDropped(listing)
  }

  async #enforce(rules: RuleSet): Promise<void> {
    await runOrFail('The rule set could not be loaded', ['nft', '-f', '-'], { input: rules.load })
    const listing = await this.#list(rules)
    const missing = rules.findMissing(listing)
    if (missing.length > 0) throw new GuardFailure(`Of the rule set is not in force: ${missing.join(', ')}.`)
    this.#rules = rules
    this.#listing = listing
    this.#baseline = normaliseListing(listing)
  }

  async #addRoutes(rules: RuleSet): Promise<void> {
    for (const words of rules.routes.add) await runOrFail('The route to the relay could not be set', ['ip', ...words])
  }

  #check(): void {
    if (this.#isChecking) return
    this.#isChecking = true
    void this.#enqueue(async () => {
      this.#isChecking = false
      await this.#compare()
    })
  }

  /** One after the other: a look in the middle of a change would take it for somebody else's. */
  async #enqueue(work: () => Promise<void>): Promise<void> {
    const done = this.#queue.then(work)
    this.#queue = done.catch(() => undefined)
    await done
  }

  async #compare(): Promise<void> {
    const rules = this.#rules
    if (rules === undefined || this.#isClosed) return
    const listing = await this.#list(rules)
    if (normaliseListing(listing) === this.#baseline) this.#tellDropped(listing)
    else await this.#restore(rules, listing)
    this.#polls += 1
    // An interface that goes down takes its routes along.
    if (this.#polls % ROUTES_EVERY_POLLS === 0) await this.#addRoutes(rules).catch(() => undefined)
  }

  async #restore(rules: RuleSet, listing: string): Promise<void> {
    const missing = rules.findMissing(listing)
    const what = missing.length === 0 ? 'changed' : `missing: ${missing.join(', ')}`
    try {
      await this.#addRoutes(rules)
      await this.#enforce(rules)
      this.#events.onChanged(`${what}; loaded again`)
    } catch (error) {
      this.#events.onChanged(`${what}; not loaded again: ${error instanceof Error ? error.message : String(error)}`)
    }
  }

  #tellDropped(listing: string): void {
    const rules = this.#rules
    if (rules === undefined) return
    const before = this.#listing
    this.#listing = listing
    this.#events.onDropped(rules.deriveDropped(before, listing, this.#events.now()))
  }

  async #list({ table }: RuleSet): Promise<string> {
    const { status, stdout } = await runTool(['nft', '-j', 'list', 'table', ...table])
    return status === 0 ? stdout : ''
  }

  /** Packets that fill sets are no news for it, so every line is a change of somebody's rules. */
  #startMonitor(): void {
    if (this.#isClosed) return
    const monitor = spawn(this.#nft, ['monitor'], { stdio: ['ignore', 'pipe', 'ignore'], env: {}, cwd: '/' })
    this.#monitor = monitor
    monitor.on('error', () => undefined)
    monitor.stdout.on('data', () => {
      clearTimeout(this.#settle)
      this.#settle = setTimeout(() => this.#check(), SETTLE_MS)
    })
    monitor.on('close', () => {
      if (!this.#isClosed) setTimeout(() => this.#startMonitor(), MONITOR_RESTART_MS).unref()
    })
  }
}
