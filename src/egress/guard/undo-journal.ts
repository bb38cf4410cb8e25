import type { UndoStep } from './undo-step.ts'

export interface JournalEffects {
  /** Keeps the steps where the next guard finds them if this one is killed. */
  readonly save: (steps: readonly UndoStep[]) => void
  readonly apply: (step: UndoStep) => Promise<void>
}

/**
 * The steps that take everything back. A step is noted, and saved, before the thing itself is done: whoever is killed in between
 * leaves a step that finds nothing, never a thing without its step.
 */
export class UndoJournal {
  readonly #effects: JournalEffects
  readonly #steps: UndoStep[] = []

  constructor(effects: JournalEffects) {
    this.#effects = effects
  }

  get steps(): readonly UndoStep[] {
    return this.#steps
  }

  /** Throws when the step cannot be saved: then the thing must not be done. */
  note(step: UndoStep): void {
    this.#steps.push(step)
    this.#effects.save(this.#steps)
  }

  /** Takes back what is noted, the last first. One that fails stays noted and does not hinder the others. @returns the failures. */
  async undo(isWanted: (step: UndoStep) => boolean = () => true): Promise<readonly UndoFailure[]> {
    const failures: UndoFailure[] = []
    for (const step of this.#steps.toReversed().filter(isWanted)) {
      try {
        await this.#effects.apply(step)
        this.#steps.splice(this.#steps.indexOf(step), 1)
      } catch (error) {
        failures.push({ step, error })
      }
    }
    return failures
  }
}

export interface UndoFailure {
  readonly step: UndoStep
  readonly error: unknown
}

/** Steps of an undo, in words for the log. */
export function describeStep(step: UndoStep): string {
  switch (step.kind) {
    case 'process':
      return `process ${step.pid}`
    case 'rules':
      return 'the rule set'
    case 'route':
      return `the route of ip ${step.remove.join(' ')}`
    case 'file':
    case 'directory':
    case 'tree':
    case 'access':
    case 'mount':
    case 'setting':
      return `${step.kind} ${step.path}`
  }
}
