import { readFileSync } from 'node:fs'
import { parseProcessStat } from '../../core/process-stat.ts'
import type { SidecarConfig } from '../../core/sidecar-config.ts'

export interface WatchdogEffects {
  readonly isAlive: (watch: NonNullable<SidecarConfig['watch']>) => boolean
  readonly every: (milliseconds: number, run: () => void) => void
  /** Monotonic milliseconds. */
  readonly now: () => number
}

const POLL_MS = 1000

/**
 * Ends the sidecar when post never comes: when the runner's process is gone, or at the maximum age. The runner itself cannot
 * reap us on Linux, because it may not read the environment of a process started from an execute-only file.
 */
export function createWatchdog(
  config: Pick<SidecarConfig, 'watch' | 'maxAgeMs'>,
  onEnd: (reason: string) => void,
  effects: WatchdogEffects,
): void {
  const started = effects.now()
  effects.every(POLL_MS, () => {
    if (effects.now() - started >= config.maxAgeMs) onEnd('the maximum age is reached')
    else if (config.watch !== null && !effects.isAlive(config.watch)) onEnd('the runner process of the job is gone')
  })
}

/** True while the watched process exists and is still the same one: a reused pid has another start time. */
export function isProcessAlive(watch: NonNullable<SidecarConfig['watch']>): boolean {
  if (watch.startTime === null) return canSignal(watch.pid)
  try {
    const stat = parseProcessStat(readFileSync(`/proc/${watch.pid}/stat`, 'latin1'))
    return stat?.isDead === false && stat.startTime === watch.startTime
  } catch {
    return false
  }
}

function canSignal(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
