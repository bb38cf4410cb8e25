/** What /proc/<pid>/stat says of a process. */
export interface ProcessStat {
  /** A zombie counts as dead: it can be signalled, and nobody may ever reap it. */
  readonly isDead: boolean
  readonly parent: number
  /** Clock ticks since boot. With the pid it names a process for good, since pids are reused; null where it is missing. */
  readonly startTime: string | null
}

const START_TIME = 19

/**
 * Reads the line of /proc/<pid>/stat. The name that stands in brackets is chosen by the process and may hold spaces, brackets and
 * what looks like fields: only what follows the last bracket counts.
 * @returns undefined for the empty text of a process that is gone.
 */
export function parseProcessStat(text: string): ProcessStat | undefined {
  const fields = text.replace(/^.*\) /s, '').split(' ')
  const [state = '', parent] = fields
  if (state === '') return undefined
  return { isDead: state === 'Z' || state === 'X', parent: Number(parent), startTime: fields[START_TIME] ?? null }
}
