import {
  chmodSync,
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  realpathSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import type { GuardConfig } from '../../core/egress-config.ts'
import { GuardFailure } from './guard-failure.ts'
import { assertTrustedWay } from './trusted-directory.ts'

/** The one directory of each program below the directory of the run; siblings, because the sidecar looks for the others beside it. */
export const PROGRAMS = ['guard', 'relay', 'sidecar', 'worker', 'credential-process'] as const
export type Program = (typeof PROGRAMS)[number]

const MODE_EXECUTE_ONLY = 0o111
const MODE_READABLE = 0o644
const CHUNK_BYTES = 4 * 1024 * 1024

/** Path of a program's copy. */
export function programPath(directory: string, program: Program): string {
  return join(directory, program, 'index.js')
}

/** Where each bundle of the config is copied to: directory of the original → directory of the copy. */
export function derivePlaces({ bundles, directory }: GuardConfig): ReadonlyMap<string, string> {
  const originals: Readonly<Record<Program, string>> = {
    guard: bundles.guard,
    relay: bundles.relay,
    sidecar: bundles.sidecar,
    worker: bundles.worker,
    'credential-process': bundles.credentialProcess,
  }
  return new Map(PROGRAMS.map((program) => [dirname(originals[program]), join(directory, program)]))
}

/** Copies the bundles below the directory of the run, which must exist: every plain file that lies beside one. */
export function copyBundles(config: GuardConfig): void {
  for (const [from, to] of derivePlaces(config)) {
    mkdirSync(to, { mode: 0o755 })
    chmodSync(to, 0o755)
    for (const entry of readdirSync(from, { withFileTypes: true })) {
      if (entry.isFile()) copyFile(join(from, entry.name), join(to, entry.name), MODE_READABLE)
    }
  }
}

/**
 * Copies node to `<base>/node/node`, for everybody to run and nobody to read: what runs from it cannot be looked into by others of
 * its user. A copy of an earlier job is used again when it is root's and byte for byte the same. @returns its path.
 */
export function copyNode(node: string, base: string): string {
  const source = realpathSync(node)
  const directory = join(base, 'node')
  mkdirSync(directory, { recursive: true, mode: 0o755 })
  chmodSync(directory, 0o755)
  assertTrustedWay(directory)
  const path = join(directory, 'node')
  if (isSameProgram(source, path)) return path
  const temporary = `${path}.${process.pid}`
  rmSync(temporary, { force: true })
  copyFile(source, temporary, MODE_EXECUTE_ONLY)
  renameSync(temporary, path)
  return path
}

/** Reads the original once, into a new file that nobody else can write. A link in the original's place is not followed. */
function copyFile(from: string, to: string, mode: number): void {
  const input = openSync(from, constants.O_RDONLY | constants.O_NOFOLLOW)
  try {
    const output = openSync(to, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600)
    try {
      const chunk = Buffer.allocUnsafe(CHUNK_BYTES)
      for (let size = readSync(input, chunk); size > 0; size = readSync(input, chunk))
        writeAll(output, chunk.subarray(0, size))
    } finally {
      closeSync(output)
    }
    chmodSync(to, mode)
  } finally {
    closeSync(input)
  }
}

function writeAll(descriptor: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at)
}

function isSameProgram(source: string, copy: string): boolean {
  const found = lstatSync(copy, { throwIfNoEntry: false })
  if (found === undefined) return false
  if (!found.isFile() || found.uid !== 0 || (found.mode & 0o7777) !== MODE_EXECUTE_ONLY) return false
  const [left, right] = [openSync(source, 'r'), openSync(copy, 'r')]
  try {
    return fstatSync(left).size === found.size && hasSameBytes(left, right)
  } finally {
    closeSync(left)
    closeSync(right)
  }
}

function hasSameBytes(left: number, right: number): boolean {
  const [one, other] = [Buffer.allocUnsafe(CHUNK_BYTES), Buffer.allocUnsafe(CHUNK_BYTES)]
  for (;;) {
    const [sizeOfOne, sizeOfOther] = [readSync(left, one), readSync(right, other)]
    if (sizeOfOne !== sizeOfOther || !one.subarray(0, sizeOfOne).equals(other.subarray(0, sizeOfOther))) return false
    if (sizeOfOne === 0) return true
  }
}

/** Arguments that name a place of the originals name that of the copies instead. Throws when one still names an original. */
export function relocateArguments(words: readonly string[], places: ReadonlyMap<string, string>): string[] {
  return words.map((word) => {
    for (const [from, to] of places) {
      const at = word.indexOf(from)
      const next = word[at + from.length]
      if (at >= 0 && (next === undefined || next === '/')) return word.slice(0, at) + to + word.slice(at + from.length)
    }
    if (word.includes('/index.js')) throw new GuardFailure(`The argument ${word} names a program that is not copied.`)
    return word
  })
}
