import type { GuardConfig } from '../../../core/egress-config.ts'
import type { UndoJournal } from '../undo-journal.ts'
import type { Identity } from '../unprivileged-command.ts'

/**
 * Room: privileges. Takes from the runner's user every way to become root that is known, for as long as the job runs. Never
 * knows: rules, relay, sidecar. Called by the guard, after the rules are loaded.
 */
export interface LockContext {
  readonly runner: Identity
  readonly runnerName: string | null
  readonly choices: GuardConfig['privileges']
  readonly runId: string
  /** Pid of the job's process. */
  readonly job: number
  readonly journal: UndoJournal
}

/** One kind of lock. @returns sentences on what stays open. Throws a GuardFailure when it should have closed and did not. */
export type Lock = (context: LockContext) => Promise<readonly string[]> | readonly string[]
