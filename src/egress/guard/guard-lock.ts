import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { GuardFailure } from './guard-failure.ts'
import { isAlive, type ProcessIdentity, readBootId, readStartTime } from './process-identity.ts'

/** A machine has one rule set and one sudoers file of ours, so it has one guard at a time; this file says which. */
const NAME = 'guard.json'

interface Holder extends ProcessIdentity {
  readonly boot: string
}

/** Path of the lock below the directory that all runs share. */
export function lockPath(base: string): string {
  return join(base, NAME)
}

/** Takes the lock for this process. Throws a GuardFailure while another guard lives. */
export function takeLock(base: string): void {
  const own = writeOwn(base)
  try {
    for (let tries = 0; tries < 2; tries += 1) {
      if (isLinked(own, lockPath(base))) return
      const holder = readHolder(lockPath(base))
      if (holder !== undefined && isAliveNow(holder))
        throw new GuardFailure(
          `Another job on this machine has the firewall already (guard process ${holder.pid}): one machine can have one at a time.`,
        )
      removeStale(base, holder)
    }
    throw new GuardFailure(`The lock ${lockPath(base)} could not be taken.`)
  } finally {
    rmSync(own, { force: true })
  }
}

/** Makes this process the holder of a lock that its parent has taken. */
export function inheritLock(base: string): void {
  renameSync(writeOwn(base), lockPath(base))
}

function writeOwn(base: string): string {
  const path = `${lockPath(base)}.${process.pid}`
  const holder: Holder = { pid: process.pid, startTime: readStartTime(process.pid), boot: readBootId() }
  writeFileSync(path, JSON.stringify(holder), { mode: 0o600 })
  return path
}

function isLinked(from: string, to: string): boolean {
  try {
    linkSync(from, to)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/** Out of the way first, then a look: another launcher may have read the same stale holder and hold the lock by now. */
function removeStale(base: string, stale: Holder | undefined): void {
  const aside = `${lockPath(base)}.${process.pid}.stale`
  try {
    renameSync(lockPath(base), aside)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
    throw error
  }
  const moved = readHolder(aside)
  if (JSON.stringify(moved) !== JSON.stringify(stale)) isLinked(aside, lockPath(base))
  rmSync(aside, { force: true })
}

function readHolder(path: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Holder
  } catch {
    return undefined
  }
}

/** Start times count from the start of the machine, so those of another boot mean nothing. */
function isAliveNow(holder: Holder): boolean {
  return holder.boot === readBootId() && isAlive(holder)
}
