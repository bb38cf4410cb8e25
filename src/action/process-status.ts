import { readFileSync } from 'node:fs'
import { parseProcessStat } from '../core/process-stat.ts'

/**
 * Start time of a process in clock ticks since boot, or null where the platform has no /proc or the process is gone or dead.
 * Together with the pid it names a process for good: pids are reused.
 */
export function readStartTime(pid: number): string | null {
  const stat = parseProcessStat(readStat(pid))
  return stat === undefined || stat.isDead ? null : stat.startTime
}

/**
 * True while the process exists and is the same one. A zombie counts as gone: in container jobs nobody reaps it, so a loop on
 * `kill(pid, 0)` would never end.
 * @param startTime as from {@link readStartTime}; null where the platform cannot tell.
 */
export function isProcessAlive(pid: number, startTime: string | null): boolean {
  if (startTime !== null) return readStartTime(pid) === startTime
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function readStat(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'latin1')
  } catch {
    return ''
  }
}
