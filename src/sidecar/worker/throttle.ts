export interface ThrottleLimits {
  /** Runs that may follow each other at once, before the interval counts. */
  readonly burst: number
  /** Milliseconds until one more such run may be had, and between runs when there is none. */
  readonly everyMs: number
}

/**
 * Calls `run` in the same turn of the event loop as the result is called, as long as that happens seldom; under load at the end
 * of the interval, once for all calls in it.
 */
export function createThrottle(limits: ThrottleLimits, run: () => void): () => void {
  let free = limits.burst
  let counted = performance.now()
  let isPlanned = false
  const refill = (): void => {
    const now = performance.now()
    free = Math.min(limits.burst, free + (now - counted) / limits.everyMs)
    counted = now
  }
  const fire = (): void => {
    isPlanned = false
    refill()
    free = Math.max(0, free - 1)
    run()
  }
  return () => {
    if (isPlanned) return
    isPlanned = true
    refill()
    if (free >= 1) setImmediate(fire)
    else setTimeout(fire, limits.everyMs)
  }
}
