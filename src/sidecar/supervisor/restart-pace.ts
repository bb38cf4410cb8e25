export interface RestartPace {
  /** A process is started now. */
  readonly start: () => void
  /** It is gone: how long to wait before the next one. */
  readonly next: () => number
  /** True when every pause has been made and none of the processes lived. */
  readonly isSpent: () => boolean
}

const DELAYS_MS = [0, 50, 200, 500, 1000]
const LONGEST_DELAY_MS = 1000
const STABLE_AFTER_MS = 10_000

/**
 * The pauses between the deaths of a process and its next starts: none after the first, so that nobody notices it, and longer ones
 * for a process that cannot live, which would otherwise take the whole machine. One that has lived for a while starts anew.
 */
export function createRestartPace(now: () => number): RestartPace {
  let restarts = 0
  let startedAt = now()
  return {
    start: () => {
      startedAt = now()
    },
    next: () => {
      if (now() - startedAt > STABLE_AFTER_MS) restarts = 0
      restarts += 1
      return DELAYS_MS[restarts - 1] ?? LONGEST_DELAY_MS
    },
    isSpent: () => restarts >= DELAYS_MS.length,
  }
}
