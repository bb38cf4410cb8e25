import { rmSync, writeFileSync } from 'node:fs'
import type { Readable } from 'node:stream'
import type { GuardConfig, GuardReply } from '../../core/egress-config.ts'
import { applyUndo } from './apply-undo.ts'
import { baseOf, removeJournal, saveJournal } from './clean-leftovers.ts'
import { endLeftovers } from './end-leftovers.ts'
import { describeFailure, GuardFailure } from './guard-failure.ts'
import { inheritLock, lockPath } from './guard-lock.ts'
import { createJobWatch } from './job-watch.ts'
import { readLines } from './read-lines.ts'
import type { RuleBook } from './rule-book.ts'
import { type RunningFirewall, startRun } from './start-run.ts'
import { describeStep, type UndoFailure, UndoJournal } from './undo-journal.ts'

/**
 * Room: guard. The root half: starts sidecar and relay under uids of their own, loads the rules, locks privileges, watches the job,
 * and takes everything back when the job is over. Never knows: what a rule means, what a name is. Started by the launcher, and from
 * then on told nothing by anybody: no socket, no file, no signal that the agent could send.
 */
export interface GuardEffects {
  /** One line with the config; `cancel`, or its end, before the guard is ready means that nobody waits any more. */
  readonly stdin: Readable
  readonly reply: (reply: GuardReply) => void
  /** Closes stdin and stdout: the launcher may go. */
  readonly detach: () => void
  readonly rules: RuleBook
  readonly exit: (code: number) => void
  /** One line for the guard's own log. */
  readonly warn: (text: string) => void
  readonly pid: number
  /** ISO 8601, UTC. */
  readonly now: () => string
}

/** Just short of «never»: the kernel ends somebody else first when memory is short. */
const OOM_SCORE = '-900'

/** Starts the guard; it lives until {@link GuardEffects.exit} is called. */
export function runGuard(effects: GuardEffects): Guard {
  const guard = new Guard(effects)
  readLines(effects.stdin, (line) => guard.onLine(line))
  effects.stdin.on('end', () => guard.onInputEnd())
  return guard
}

class Guard {
  readonly #effects: GuardEffects
  readonly #journal: UndoJournal
  readonly #cancelled = new AbortController()
  #config: GuardConfig | undefined
  #firewall: RunningFirewall | undefined
  #isReady = false
  #isEnding = false

  constructor(effects: GuardEffects) {
    this.#effects = effects
    this.#journal = new UndoJournal({
      save: (steps) => {
        if (this.#config !== undefined) saveJournal(this.#config.directory, steps)
      },
      apply: applyUndo,
    })
  }

  onLine(line: string): void {
    if (this.#config === undefined) void this.#start(JSON.parse(line) as GuardConfig)
    else this.#cancel()
  }

  onInputEnd(): void {
    this.#cancel()
  }

  /** Takes everything back and leaves. Also the answer to SIGTERM, which only root can send. */
  end(reason: string): void {
    if (this.#isReady) void this.#finish(reason)
    else this.#cancel()
  }

  /** A defect in one event must not end the guard: then nobody would take anything back. */
  onDefect(error: unknown): void {
    this.#effects.warn(`defect: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
  }

  #cancel(): void {
    if (!this.#isReady) this.#cancelled.abort(new GuardFailure('The step was cancelled.'))
  }

  async #start(config: GuardConfig): Promise<void> {
    this.#config = config
    try {
      inheritLock(baseOf(config.directory))
      this.#outliveOthers()
      this.#firewall = await startRun({
        config,
        journal: this.#journal,
        rules: this.#effects.rules,
        // Once ready nobody reads them, and the descriptor is closed: its number may be another file's.
        onSidecarReply: (reply) => {
          if (!this.#isReady) this.#effects.reply({ kind: 'sidecar', reply })
        },
        onDefect: (error) => this.onDefect(error),
        cancelled: this.#cancelled.signal,
        now: this.#effects.now,
      })
      this.#announce(config, this.#firewall)
    } catch (error) {
      await this.#fail(config, error)
    }
  }

  /** Where the kernel lets us: a container's root may not. */
  #outliveOthers(): void {
    try {
      writeFileSync('/proc/self/oom_score_adj', OOM_SCORE)
    } catch (error) {
      this.#effects.warn(`not safe from the kernel's choice when memory is short (${describeFailure(error)})`)
    }
  }

  #announce(config: GuardConfig, { facts }: RunningFirewall): void {
    this.#isReady = true
    createJobWatch(config, (reason) => void this.#finishJob(config, reason))
    this.#effects.reply({ kind: 'ready', guardPid: this.#effects.pid, ...facts })
    this.#effects.detach()
  }

  async #fail(config: GuardConfig, error: unknown): Promise<void> {
    this.onDefect(error)
    const failures = await this.#journal.undo()
    this.#tellUndone(failures)
    if (failures.length === 0) rmSync(config.directory, { recursive: true, force: true })
    rmSync(lockPath(baseOf(config.directory)), { force: true })
    this.#effects.reply({ kind: 'failed', reason: describeFailure(error) })
    this.#effects.detach()
    this.#effects.exit(1)
  }

  /** What the job has left is ended while the rules still hold. Not at the end that root asks for: the job may go on then. */
  async #finishJob(config: GuardConfig, reason: string): Promise<void> {
    const ended = endLeftovers(config)
    await this.#finish(ended === 0 ? reason : `${reason}; ${ended} processes that it had left were ended`)
  }

  async #finish(reason: string): Promise<void> {
    const { directory } = this.#config ?? {}
    if (this.#isEnding || directory === undefined) return
    this.#isEnding = true
    // What did not close must not keep the rest from being taken back; its processes end with their uid, a step of the journal.
    await this.#firewall?.close().catch((error: unknown) => this.onDefect(error))
    const failures = await this.#journal.undo()
    this.#tellUndone(failures)
    this.#firewall?.closeLog(reason, failures.length === 0)
    // With something left, the next guard finds the steps that are not done.
    if (failures.length === 0) removeJournal(directory)
    else saveJournal(directory, this.#journal.steps)
    rmSync(lockPath(baseOf(directory)), { force: true })
    this.#effects.exit(0)
  }

  #tellUndone(failures: readonly UndoFailure[]): void {
    for (const { step, error } of failures)
      this.#effects.warn(`not taken back: ${describeStep(step)} (${describeFailure(error)})`)
  }
}
