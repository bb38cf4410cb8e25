import type { LifecycleEvent } from '../core/events.ts'
import { isWanted, LIFECYCLE_LEVELS, type LogLevel } from '../core/log-level.ts'

/** The sidecar log of one process, supervisor or worker. What is given to it is redacted already. */
export interface SidecarLog {
  /** Known with the launch message only; until then `info`. */
  wanted: LogLevel
  say(level: LogLevel, text: string): void
  /** Says an event of the access log here, too, at the level that such an event has. */
  note(event: LifecycleEvent): void
}

/** Writes lines `time level text`, those that `log-level` asks for and no others. */
export function createSidecarLog(write: (line: string) => void): SidecarLog {
  const log: SidecarLog = {
    wanted: 'info',
    say: (level, text) => {
      if (isWanted(level, log.wanted)) write(`${new Date().toISOString()} ${level} ${text}`)
    },
    note: ({ what, provider, detail }) =>
      log.say(LIFECYCLE_LEVELS[what], [what, provider, detail].filter((part) => part !== undefined).join(': ')),
  }
  return log
}
