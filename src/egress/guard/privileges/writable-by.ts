import { type Dirent, lstatSync, readdirSync, type Stats } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Identity } from '../unprivileged-command.ts'

type Access = Pick<Stats, 'uid' | 'gid' | 'mode'>

/** Whether a user may write, by owner, groups and bits. An owner counts as one who may: the bits are its own to change. */
export function isWritableBy(who: Identity, { uid, gid, mode }: Access): boolean {
  if (uid === who.uid) return true
  if (gid === who.gid || who.groups.includes(gid)) return (mode & 0o020) !== 0
  return (mode & 0o002) !== 0
}

/** A directory in which a user may replace what is not its own: writable, and not sticky. */
export function isReplaceableIn(who: Identity, directory: Access): boolean {
  return isWritableBy(who, directory) && (directory.uid === who.uid || (directory.mode & 0o1000) === 0)
}

/** True when the user may change the directory or anything below it. Links count as what they are: their own bits say nothing. */
export function isTreeWritableBy(who: Identity, path: string): boolean {
  const stats = lstatSync(path, { throwIfNoEntry: false })
  if (stats === undefined || stats.isSymbolicLink()) return false
  if (isWritableBy(who, stats)) return true
  return stats.isDirectory() && readEntries(path).some((entry) => isTreeWritableBy(who, join(path, entry.name)))
}

/** Directories above a path in which the user may put another one in the place of the next, from the nearest on. */
export function listReplaceableParents(who: Identity, path: string): readonly string[] {
  if (dirname(path) === path) return []
  const parent = dirname(path)
  const stats = lstatSync(parent, { throwIfNoEntry: false })
  const own = stats !== undefined && isReplaceableIn(who, stats) ? [parent] : []
  return [...own, ...listReplaceableParents(who, parent)]
}

function readEntries(directory: string): Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true })
  } catch {
    return []
  }
}
