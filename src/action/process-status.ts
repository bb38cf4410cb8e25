import { readFileSync } from 'node:fs'

/**
 * Start time of a process in clock ticks since boot, or null where the platform has no /proc or the process is gone or dead.
 * Together with the pid it names a process for good: pids are reused.
 */
export function readStartTime(pid: number): string | null {
  const fields = readStatFields(pid)
  if (fields === null || fields[0] === 'Z' || fields[0] === 'X') return null
  return fields[19] ?? null
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

/** Fields of /proc/<pid>/stat from the state on; the name before them may hold spaces and brackets. */
function readStatFields(pid: number): string[] | null {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'latin1')
      .replace(/^.*\) /s, '')
      .split(' ')
  } catch {
    return null
  }
}
