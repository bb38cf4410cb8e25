import type { Case } from '../cases/case.ts'
import type { CaseContext } from '../harness/context.ts'
import type { Running } from '../harness/machine.ts'

/** A firewall that is up, or none. */
export interface Level {
  /** Variables that the scripts find beside their own: PROXY, MODEL, MODELTOKEN. */
  readonly environment: Readonly<Record<string, string>>
  /** Starts the script of a case as an agent's step would run it. */
  readonly run: (one: Case, context: CaseContext) => Running
  /** Runs a line as another, later step of the job. */
  readonly runLater: (line: string, context: CaseContext) => Running
  /** What the level itself says broke it off so far: a relay that had to be started again, rules that somebody changed. */
  readonly listInterruptions: () => Promise<readonly string[]>
  readonly stop: () => Promise<void>
}

/** The key that nobody but the sidecar may know; the cases get it backwards. */
export const KEY = 'sk-real-openai-0123456789'
