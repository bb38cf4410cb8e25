import type { LifecycleEvent } from './events.ts'

/** Values of `log-level`, each saying all that those before it say. */
export const LOG_LEVELS = ['error', 'info', 'debug'] as const

export type LogLevel = (typeof LOG_LEVELS)[number]

/**
 * At which level an event of the sidecar's life also stands in its own log. `info` is what somebody wants to know whose agent was
 * disturbed; what happens in every run is `debug`, so that the log of a good run says no more than how it ended.
 */
export const LIFECYCLE_LEVELS: Readonly<Record<LifecycleEvent['what'], LogLevel>> = {
  started: 'debug',
  ready: 'debug',
  'worker-restarted': 'info',
  'credential-process-restarted': 'info',
  rediscovered: 'info',
  'credential-renewed': 'debug',
  'credential-failed': 'info',
  'log-incomplete': 'error',
  stopping: 'info',
}

/** True when a line of `level` is written in a log that says what `wanted` asks for. */
export function isWanted(level: LogLevel, wanted: LogLevel): boolean {
  return LOG_LEVELS.indexOf(level) <= LOG_LEVELS.indexOf(wanted)
}
