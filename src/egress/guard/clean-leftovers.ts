import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { applyUndo } from './apply-undo.ts'
import { GuardFailure } from './guard-failure.ts'
import { readBootId } from './process-identity.ts'
import { describeStep, UndoJournal } from './undo-journal.ts'
import type { UndoStep } from './undo-step.ts'

const JOURNAL = 'journal.json'

/** A number of another boot may be anybody's now. */
const ENDS_WITH_THE_MACHINE: readonly UndoStep['kind'][] = ['user', 'rules', 'route', 'mount', 'setting']

interface SavedJournal {
  readonly boot: string
  readonly steps: readonly UndoStep[]
}

/** The directory that all runs share, below which each has its own. */
export function baseOf(directory: string): string {
  return dirname(directory)
}

/** Saves the steps of a run in its directory, for root's eyes: whoever could write them would have root do anything. */
export function saveJournal(directory: string, steps: readonly UndoStep[]): void {
  const saved: SavedJournal = { boot: readBootId(), steps }
  writeFileSync(join(directory, JOURNAL), JSON.stringify(saved), { mode: 0o600 })
}

/** Once all is undone there is nothing for a later guard to take back. Fine when there is none. */
export function removeJournal(directory: string): void {
  rmSync(join(directory, JOURNAL), { force: true })
}

/**
 * Takes back what guards that were killed have left, and removes the directories of old runs with their logs. To be called with the
 * lock held: then no run but ours lives. @returns what was taken back, in words. Throws a GuardFailure when something stays.
 */
export async function cleanLeftovers(base: string): Promise<readonly string[]> {
  const found: string[] = []
  for (const entry of readdirSync(base, { withFileTypes: true })) {
    if (!entry.isDirectory() || entry.name === 'node') continue
    const directory = join(base, entry.name)
    if (existsSync(join(directory, JOURNAL))) found.push(...(await replay(directory)))
    rmSync(directory, { recursive: true, force: true })
  }
  return found
}

async function replay(directory: string): Promise<readonly string[]> {
  const { boot, steps } = JSON.parse(readFileSync(join(directory, JOURNAL), 'utf8')) as SavedJournal
  const journal = new UndoJournal({ save: () => undefined, apply: applyUndo })
  for (const step of steps) journal.note(step)
  const isSameBoot = boot === readBootId()
  const failures = await journal.undo((step) => isSameBoot || !ENDS_WITH_THE_MACHINE.includes(step.kind))
  if (failures.length > 0) {
    const names = failures.map(({ step }) => describeStep(step))
    throw new GuardFailure(`What an earlier run has left could not be taken back: ${names.join(', ')}.`)
  }
  return steps.map(describeStep)
}
