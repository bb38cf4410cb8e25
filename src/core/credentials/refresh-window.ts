import { LONGEST_BELIEVED_MS } from './read-expiry.ts'

/**
 * When a credential is renewed. Pure arithmetic on milliseconds, so that a fake clock can prove it. From `soft` on it is
 * renewed behind the back while it is still served; from `hard` on callers wait for the new one.
 */
export interface RefreshWindow {
  /** Wall-clock milliseconds. */
  readonly softAt: number
  readonly hardAt: number
  readonly expiresAt: number
  /** No scheduled renewal before this: a floor against hot loops at any lifetime, also 0 or one in the past. */
  readonly notBefore: number
}

/** Assumed when the issuer names no expiry, or one more than 30 days away. */
export const UNKNOWN_LIFETIME_MS = 5 * 60_000
const FLOOR_MS = 5000

export interface Receipt {
  readonly receivedAt: number
  readonly expiresAt: number | null
  /** 0 to 1; pulls the soft point up to a tenth earlier, so that parallel jobs do not renew in step. */
  readonly jitter: number
}

/** With L the life at receipt: soft = expiry − clamp(L/4, 30 s, 300 s), hard = expiry − min(30 s, L/10). */
export function deriveRefreshWindow(receipt: Receipt): RefreshWindow {
  const { receivedAt } = receipt
  const claimed = receipt.expiresAt === null ? Number.NaN : receipt.expiresAt - receivedAt
  const isKnown = claimed <= LONGEST_BELIEVED_MS
  const life = isKnown ? Math.max(0, claimed) : UNKNOWN_LIFETIME_MS
  const expiresAt = receivedAt + life
  const lead = Math.min(Math.max(life / 4, 30_000), 300_000)
  const softLife = Math.max(0, life - lead) * (1 - 0.1 * receipt.jitter)
  return {
    softAt: receivedAt + softLife,
    hardAt: expiresAt - Math.min(30_000, life / 10),
    expiresAt,
    notBefore: receivedAt + Math.max(FLOOR_MS, life / 10),
  }
}

const BACKOFF_SECONDS = [1, 2, 5, 15, 30, 60] as const

/** Pause before the next attempt after `failures` failures in a row, with full jitter (0 to 1); at least a fifth of it. */
export function deriveBackoffMs(failures: number, jitter: number): number {
  const seconds = BACKOFF_SECONDS[Math.min(Math.max(failures, 1), BACKOFF_SECONDS.length) - 1] ?? 60
  return seconds * 1000 * (0.2 + 0.8 * jitter)
}
