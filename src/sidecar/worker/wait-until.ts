const POLL_MS = 20

/** Resolves when the condition holds, or after the limit. */
export function waitUntil(isDone: () => boolean, limitMs: number): Promise<void> {
  const end = performance.now() + limitMs
  return new Promise((resolve) => {
    const look = (): void => {
      if (isDone() || performance.now() >= end) resolve()
      else setTimeout(look, POLL_MS)
    }
    look()
  })
}
