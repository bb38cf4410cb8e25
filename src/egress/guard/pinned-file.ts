import { type BigIntStats, chmodSync, chownSync, closeSync, constants, fstatSync, openSync } from 'node:fs'
import type { AccessRecord } from './undo-step.ts'

/** Opens the place, not the thing: no rights on the file are needed, sockets can be opened, nothing happens to them. */
const O_PATH = 0o10000000

/**
 * A file held by its inode while root changes who may use it. By its path an attacker could swap it for a link to /etc/shadow
 * between the look and the change; through the descriptor the same inode is looked at and changed.
 */
export interface PinnedFile {
  readonly stats: BigIntStats
  /** Owner, group and permission bits. */
  give(access: Pick<AccessRecord, 'uid' | 'gid' | 'mode'>): void
}

/** Runs `use` with the file at a path, links not followed; undefined when there is none. */
export function withPinnedFile<Result>(path: string, use: (file: PinnedFile) => Result): Result | undefined {
  let descriptor: number
  try {
    descriptor = openSync(path, O_PATH | constants.O_NOFOLLOW)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw error
  }
  const place = `/proc/self/fd/${descriptor}`
  try {
    return use({
      stats: fstatSync(descriptor, { bigint: true }),
      give: ({ uid, gid, mode }) => {
        chownSync(place, uid, gid)
        chmodSync(place, mode)
      },
    })
  } finally {
    closeSync(descriptor)
  }
}

/** What {@link PinnedFile.give} would change, to be noted first. */
export function recordAccess(path: string, stats: BigIntStats): AccessRecord {
  return {
    path,
    device: Number(stats.dev),
    inode: Number(stats.ino),
    uid: Number(stats.uid),
    gid: Number(stats.gid),
    mode: Number(stats.mode) & 0o7777,
  }
}

/** Gives a file back to who had it. Another file at that place is left alone. */
export function restoreAccess(record: AccessRecord): void {
  withPinnedFile(record.path, (file) => {
    const { device, inode } = recordAccess(record.path, file.stats)
    if (device === record.device && inode === record.inode) file.give(record)
  })
}
