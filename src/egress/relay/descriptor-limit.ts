/** Kept for name servers, listeners, the log and whatever the runtime needs. */
const RESERVED = 96
const MOST_CLIENTS = 20_000
const UNKNOWN_LIMIT = 1024

/**
 * How many clients fit: each takes two descriptors, its own and that of the far side.
 * @param limits text of /proc/self/limits; empty where there is none
 */
export function deriveMostClients(limits: string): number {
  const soft = /^Max open files\s+(\d+|unlimited)/m.exec(limits)?.[1]
  const descriptors = soft === 'unlimited' ? Number.POSITIVE_INFINITY : Number(soft ?? UNKNOWN_LIMIT)
  return Math.max(8, Math.min(MOST_CLIENTS, Math.floor((descriptors - RESERVED) / 2)))
}
