import type { EgressEvent } from '../../core/egress-event.ts'

export interface TalliedEvent {
  readonly event: EgressEvent
  readonly inode: number | null
}

export interface EventTally {
  add(tallied: TalliedEvent): void
  /** Gives out what is still counted. */
  flush(): void
}

const MOMENT_MS = 1000
/** A client that makes up a new name each time must not make us remember them all. */
const MOST_KEYS = 1024

interface Repeated {
  readonly startedAt: number
  last: TalliedEvent | undefined
  count: number
}

/**
 * Passes events on; when the same refusal repeats within a moment, the first goes out at once and the others as one line with
 * their number. Programs retry a refused host hundreds of times a second.
 * @param now in milliseconds
 */
export function createEventTally(give: (tallied: TalliedEvent) => void, now: () => number): EventTally {
  const repeated = new Map<string, Repeated>()
  let timer: NodeJS.Timeout | undefined
  const sweep = (isEverything: boolean): void => {
    for (const [key, entry] of repeated) {
      if (!isEverything && now() - entry.startedAt < MOMENT_MS) continue
      repeated.delete(key)
      if (entry.last !== undefined) give(withCount(entry.last, entry.count))
    }
    if (repeated.size > 0) return
    clearInterval(timer)
    timer = undefined
  }
  return {
    add(tallied) {
      const key = deriveKey(tallied.event)
      const entry = key === undefined ? undefined : repeated.get(key)
      if (entry !== undefined) {
        entry.last = tallied
        entry.count += tallied.event.count ?? 1
        return
      }
      give(tallied)
      if (key === undefined || repeated.size >= MOST_KEYS) return
      repeated.set(key, { startedAt: now(), last: undefined, count: 0 })
      timer ??= setInterval(() => sweep(false), MOMENT_MS).unref()
    },
    flush: () => sweep(true),
  }
}

/** What makes two refusals the same; undefined for what is always a line of its own. */
function deriveKey(event: EgressEvent): string | undefined {
  if (event.verdict === 'allowed' || event.verdict === 'would-block') return undefined
  const { verdict, protocol, host, port, address, reason, failure, uid, program } = event
  return JSON.stringify([verdict, protocol, host, port, address, reason, failure, uid, program])
}

function withCount({ event, inode }: TalliedEvent, count: number): TalliedEvent {
  return { event: count === 1 ? event : { ...event, count }, inode }
}
