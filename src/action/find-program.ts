import { accessSync, constants, statSync } from 'node:fs'
import path from 'node:path'
import { isWithin } from './is-within.ts'

export interface ProgramSearch {
  readonly platform: NodeJS.Platform
  /** The PATH of the set-up step. */
  readonly searchPath: string
  /** Extensions that Windows tries; ignored elsewhere. */
  readonly extensions: string
  /** Checkout of the repository: nothing is found in it by its name alone. */
  readonly workspace: string | undefined
}

export type FoundProgram =
  | { readonly kind: 'found'; readonly path: string }
  /** Fits behind "found". */
  | { readonly kind: 'problem'; readonly found: string }

/**
 * Resolves the program of a command once, at set-up, so that no later step can decide what runs by changing PATH or by putting
 * a file into the current directory. A relative path is refused, and so is a program that PATH finds in the checkout: a pull
 * request could have put it there.
 */
export function findProgram(program: string, search: ProgramSearch): FoundProgram {
  const found = isPlainName(program, search) ? searchProgram(program, search) : checkPath(program, search)
  if (found.kind === 'problem' || search.platform !== 'win32') return found
  return /\.(cmd|bat)$/i.test(found.path) ? { kind: 'problem', found: 'a batch file, which needs a shell' } : found
}

function isPlainName(program: string, { platform }: ProgramSearch): boolean {
  return !program.includes('/') && !(platform === 'win32' && /[\\:]/.test(program))
}

function checkPath(program: string, { platform }: ProgramSearch): FoundProgram {
  if (!path.isAbsolute(program)) return { kind: 'problem', found: 'a relative path of a program' }
  const problem = findFileProblem(program, platform)
  return problem === undefined ? { kind: 'found', path: program } : { kind: 'problem', found: problem }
}

function searchProgram(program: string, search: ProgramSearch): FoundProgram {
  let problem = 'a program that PATH does not lead to'
  for (const directory of search.searchPath.split(path.delimiter)) {
    // An empty or relative entry means the current directory, which is the checkout.
    if (!path.isAbsolute(directory)) continue
    for (const name of listNames(program, search)) {
      const candidate = path.join(directory, name)
      const found = findFileProblem(candidate, search.platform)
      if (found === undefined && !isInCheckout(candidate, search)) return { kind: 'found', path: candidate }
      if (found === undefined) problem = 'a program that PATH leads to in the checkout only'
      else if (found !== MISSING) problem = found
    }
  }
  return { kind: 'problem', found: problem }
}

function listNames(program: string, { platform, extensions }: ProgramSearch): readonly string[] {
  if (platform !== 'win32' || path.extname(program) !== '') return [program]
  return extensions
    .split(';')
    .filter((extension) => extension !== '')
    .map((extension) => `${program}${extension}`)
}

const MISSING = 'a path at which there is no program'

function findFileProblem(file: string, platform: NodeJS.Platform): string | undefined {
  try {
    const found = statSync(file, { throwIfNoEntry: false })
    if (found === undefined) return MISSING
    if (!found.isFile()) return 'something that is no program file'
    accessSync(file, platform === 'win32' ? constants.R_OK : constants.X_OK)
    return undefined
  } catch {
    return 'a file that this user may not execute'
  }
}

function isInCheckout(file: string, { workspace }: ProgramSearch): boolean {
  return workspace !== undefined && workspace !== '' && isWithin(file, workspace)
}
