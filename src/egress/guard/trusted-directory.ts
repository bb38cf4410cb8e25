import { chmodSync, lstatSync, mkdirSync } from 'node:fs'
import { dirname, isAbsolute, normalize } from 'node:path'
import { GuardFailure } from './guard-failure.ts'

/**
 * Makes a directory for what root will run, and checks the whole way to it. Who can write a directory on the way can put another
 * program there, so each must be root's, writable for nobody else, and no link. Throws a GuardFailure that names the one that is not.
 */
export function createTrustedDirectory(path: string): void {
  if (!isAbsolute(path) || normalize(path) !== path) throw new GuardFailure(`${path} is not a plain absolute path.`)
  const parent = dirname(path)
  if (parent !== path) {
    if (!exists(parent)) createTrustedDirectory(parent)
    else assertTrustedWay(parent)
  }
  mkdirSync(path, { mode: 0o755 })
  // Whatever the umask was: the other users must get through, and nobody must get in.
  chmodSync(path, 0o755)
  assertTrusted(path)
}

/** Every directory from the root to this one. Throws a GuardFailure. */
export function assertTrustedWay(path: string): void {
  if (dirname(path) !== path) assertTrustedWay(dirname(path))
  assertTrusted(path)
}

function assertTrusted(path: string): void {
  const stats = lstatSync(path)
  const fault = !stats.isDirectory()
    ? 'is no directory'
    : stats.uid !== 0
      ? 'does not belong to root'
      : (stats.mode & 0o022) !== 0
        ? 'can be written by others'
        : undefined
  if (fault !== undefined) throw new GuardFailure(`${path} ${fault}, so no program of root may lie below it.`)
}

function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined
}
