import { describe } from '@jest/globals'
import { findProgram } from './find-program.ts'

export { findProgram }

/** What some tests need of the machine beside node. */
export interface Needs {
  readonly programs: readonly string[]
  /** Network namespaces and rules: only root may make them everywhere. */
  readonly isRoot: boolean
}

/**
 * `describe` for tests that need programs or rights which a developer's machine may lack: skipped there, with the reason in the title.
 * In CI nothing is skipped, because a proof that does not run proves nothing: the block fails there instead.
 */
export function describeWith(needs: Needs, title: string, body: () => void): void {
  const missing = findMissing(needs)
  if (missing.length === 0) describe(title, body)
  else if ((process.env.CI ?? '') === '') describe.skip(`${title} (skipped: needs ${missing.join(', ')})`, body)
  else throw new Error(`CI must be able to run «${title}», which needs ${missing.join(', ')}`)
}

function findMissing({ programs, isRoot }: Needs): readonly string[] {
  const platform = process.platform === 'linux' ? [] : ['Linux']
  const root = isRoot && process.getuid?.() !== 0 ? ['root'] : []
  return [...platform, ...root, ...programs.filter((program) => findProgram(program) === undefined)]
}
