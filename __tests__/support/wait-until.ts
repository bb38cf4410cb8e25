import { setTimeout as pause } from 'node:timers/promises'

const POLL_MS = 5
const LIMIT_MS = 60_000

/**
 * Resolves with the first value of `look` that is not undefined or false. For what no event tells; whatever an event tells is
 * awaited instead. Throws when the generous limit is over, naming what was waited for.
 */
export async function waitUntil<Value>(
  what: string,
  look: () => Value | undefined | false | Promise<Value | undefined | false>,
): Promise<Value> {
  const end = performance.now() + LIMIT_MS
  for (;;) {
    const value = await look()
    if (value !== undefined && value !== false) return value
    if (performance.now() > end) throw new Error(`Waited in vain until ${what}`)
    await pause(POLL_MS)
  }
}
