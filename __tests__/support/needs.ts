import { accessSync, constants } from 'node:fs'
import path from 'node:path'
import { describe } from '@jest/globals'

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

/** Absolute path of a program; administrators' directories count although a user's PATH leaves them out. */
export function findProgram(name: string): string | undefined {
  const directories = [...(process.env.PATH ?? '').split(path.delimiter), '/usr/sbin', '/sbin']
  return directories.map((directory) => path.join(directory, name)).find(isExecutable)
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
