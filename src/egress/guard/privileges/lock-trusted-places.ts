import { chmodSync, lstatSync, mkdirSync, realpathSync } from 'node:fs'
import { dirname } from 'node:path'
import { countMounts } from '../mounts.ts'
import { runOrFail } from '../run-tool.ts'
import type { LockContext } from './lock.ts'
import { isTreeWritableBy, listReplaceableParents } from './writable-by.ts'

/**
 * What root reads or runs of its own accord: rules of polkit, services of D-Bus, units of systemd, jobs of cron, and the
 * directories of sudo's secure_path. Hosted images make some of them writable for everybody. The tool cache is none of them.
 */
const PLACES = [
  '/usr/share/polkit-1',
  '/usr/local/share/polkit-1',
  '/etc/polkit-1',
  '/usr/share/dbus-1',
  '/usr/local/share/dbus-1',
  '/etc/dbus-1',
  '/usr/lib/systemd',
  '/usr/local/lib/systemd',
  '/etc/systemd',
  '/etc/cron.d',
  '/etc/sudoers.d',
  '/usr/local/sbin',
  '/usr/local/bin',
  '/usr/sbin',
  '/usr/bin',
  '/sbin',
  '/bin',
  '/snap/bin',
] as const

/**
 * Mounts a place read-only over itself, when and only when the runner's user may change it: by what it contains, or by putting
 * another directory in its place, which a mount point cannot be. Taken back by unmounting; nothing in the place is touched.
 */
export async function lockTrustedPlaces(context: LockContext): Promise<readonly string[]> {
  const limits: string[] = []
  for (const place of new Set(PLACES.map(findReal))) {
    const parents = listReplaceableParents(context.runner, place)
    const isOpen = parents.includes(dirname(place)) || isTreeWritableBy(context.runner, place)
    if (isOpen && makeMissing(context, place)) await bindReadOnly(context, place)
    const above = parents.filter((parent) => parent !== dirname(place))
    if (above.length > 0) limits.push(renderReplaceable(place, above))
  }
  return limits
}

function renderReplaceable(place: string, parents: readonly string[]): string {
  return `The runner's user can put another directory in the place of one above ${place} (it may write ${parents.join(', ')}), where root reads what it runs.`
}

/** A link names its target: `/bin` is `/usr/bin` on most machines. */
function findReal(place: string): string {
  try {
    return realpathSync(place)
  } catch {
    return place
  }
}

/** A directory that is missing where the runner's user could make it is made, to be locked. @returns false where none can be. */
function makeMissing({ journal }: LockContext, place: string): boolean {
  if (lstatSync(place, { throwIfNoEntry: false }) !== undefined) return true
  if (lstatSync(dirname(place), { throwIfNoEntry: false })?.isDirectory() !== true) return false
  journal.note({ kind: 'directory', path: place })
  mkdirSync(place, { mode: 0o755 })
  chmodSync(place, 0o755)
  return true
}

async function bindReadOnly({ journal }: LockContext, place: string): Promise<void> {
  journal.note({ kind: 'mount', path: place, below: countMounts(place) })
  const what = `${place} could not be made read-only for the job`
  await runOrFail(what, ['mount', '--bind', place, place])
  await runOrFail(what, ['mount', '-o', 'remount,bind,ro', place])
}
