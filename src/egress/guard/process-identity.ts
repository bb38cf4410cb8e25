import { readFileSync } from 'node:fs'
import { parseProcessStat } from '../../core/process-stat.ts'

/** A process for good: pids are reused, a pid with its start time is not, until the machine starts again. */
export interface ProcessIdentity {
  readonly pid: number
  /** Clock ticks since boot, from /proc/<pid>/stat; null where it was not known. */
  readonly startTime: string | null
}

/** Start time of a process, or null when it is gone. A zombie counts as gone: nobody may ever reap it. */
export function readStartTime(pid: number): string | null {
  const stat = parseProcessStat(readText(`/proc/${pid}/stat`))
  return stat === undefined || stat.isDead ? null : stat.startTime
}

/** True while it exists and is still the same one. Without a start time it counts as gone: it could be anybody. */
export function isAlive({ pid, startTime }: ProcessIdentity): boolean {
  return startTime !== null && readStartTime(pid) === startTime
}

/** Supplementary groups of a process, as the kernel has them; empty when it is gone. */
export function readGroups(pid: number): readonly number[] {
  const line = /^Groups:[ \t]*(.*)$/m.exec(readText(`/proc/${pid}/status`))?.[1] ?? ''
  return line.split(' ').filter(Boolean).map(Number)
}

/** Changes with each start of the machine: start times of another boot mean nothing. */
export function readBootId(): string {
  return readText('/proc/sys/kernel/random/boot_id').trim()
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}
