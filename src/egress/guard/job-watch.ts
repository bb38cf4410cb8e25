import type { GuardConfig } from '../../core/egress-config.ts'
import { isAlive } from './process-identity.ts'

const POLL_MS = 100

/** Calls back once when the job's process is gone, or at the maximum age. */
export function createJobWatch(
  { watch, maxAgeMs }: Pick<GuardConfig, 'watch' | 'maxAgeMs'>,
  onEnd: (reason: string) => void,
): void {
  const started = performance.now()
  const timer = setInterval(() => {
    const isOver = performance.now() - started >= maxAgeMs
    if (!isOver && isAlive(watch)) return
    clearInterval(timer)
    onEnd(isOver ? 'the maximum age is reached' : 'the process of the job is gone')
  }, POLL_MS)
}
