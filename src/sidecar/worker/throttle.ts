/**
 * Calls `run` soon after each call of the result: in the same turn of the event loop when the last run is long enough ago, else
 * at the end of the interval. Many calls in between are one run.
 * @param intervalMs least milliseconds between two runs.
 */
export function createThrottle(intervalMs: number, run: () => void): () => void {
  let lastRun = Number.NEGATIVE_INFINITY
  let isPlanned = false
  const fire = (): void => {
    isPlanned = false
    lastRun = performance.now()
    run()
  }
  return () => {
    if (isPlanned) return
    isPlanned = true
    const wait = lastRun + intervalMs - performance.now()
    if (wait <= 0) setImmediate(fire)
    else setTimeout(fire, wait)
  }
}
