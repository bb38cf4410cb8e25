import { deriveBackoffMs, deriveRefreshWindow, type RefreshWindow } from '../../../core/credentials/refresh-window.ts'
import type { Secret } from '../../../core/secret.ts'
import { type Credential, CredentialUnavailableError, SourceFailedError } from './credential.ts'

export interface MintedToken {
  readonly secret: Secret
  /** Wall-clock milliseconds; null when the issuer does not say. */
  readonly expiresAt: number | null
}

export type MintReason = 'initial' | 'scheduled' | 'unauthorized'

export interface CyclerEffects {
  /** Wall-clock milliseconds: what expiries are told in. */
  readonly now: () => number
  /** Monotonic milliseconds: what a wall clock that is set back cannot stretch. */
  readonly monotonic: () => number
  /** 0 to 1. */
  readonly random: () => number
  /** Resolves after so many milliseconds. */
  readonly wait: (milliseconds: number) => Promise<void>
  readonly mint: (reason: MintReason) => Promise<MintedToken>
  readonly onRenewed: () => void
  readonly onFailed: (error: unknown) => void
}

/** A credential that can also be told that its source has changed. */
export interface RenewedCredential extends Credential {
  /** The next request waits for a new credential; the old one still serves where the renewal fails. */
  expire(): void
}

interface Held {
  readonly secret: Secret
  readonly window: RefreshWindow
  readonly receivedAt: number
  readonly receivedMonotonic: number
}

/** Tries after which a failure that will not heal by itself is no longer asked again. */
const PERMANENT_TRIES = 3
/** While nothing valid is held, a source that is down is asked this often, so that its return is seen at once. */
const LONGEST_PAUSE_WITHOUT_CREDENTIAL_MS = 800

/** Past the hard point a slow source is waited for as long as this, and no longer than half of what the old token has left. */
const LONGEST_WAIT_MS = 30_000

/**
 * Renewals that refusals of the upstream may force within the window. Tokens of a second need one a second; an upstream that
 * refuses every token for a reason of its own must not turn each request into a mint.
 */
const MOST_FORCED = 10
const FORCED_WINDOW_MS = 10_000

/** A credential that is renewed: one renewal in flight, failures remembered with back-off, no timer of its own. */
export function createTokenCycler(effects: CyclerEffects): RenewedCredential {
  return new TokenCycler(effects)
}

class TokenCycler implements RenewedCredential {
  readonly #effects: CyclerEffects
  #held: Held | undefined
  #isStale = false
  /** When the last renewals were forced, in monotonic milliseconds. */
  #forcedAt: readonly number[] = []
  #inFlight: Promise<Secret> | undefined
  /** Ends the waiting of all callers for the renewal that is in flight. */
  #patience: Promise<void> | undefined
  #failures = 0
  #permanentFailures = 0
  #lastError: unknown
  #retryAt = 0

  constructor(effects: CyclerEffects) {
    this.#effects = effects
  }

  current(): Secret | Promise<Secret> {
    const held = this.#held
    if (held === undefined) return this.#renew('initial')
    if (this.#isStale) return this.#renewOrServe(held)
    const now = this.#age(held)
    const { window } = held
    // Below the floor even a token that came already expired is served: clocks differ, and the upstream's 401 renews it anyway.
    if (now < window.softAt || now < window.notBefore) return held.secret
    if (now < window.hardAt) {
      this.#renewBehind()
      return held.secret
    }
    return this.#renewOrServe(held)
  }

  async renewAfter(used: Secret): Promise<boolean> {
    const held = this.#held
    // Somebody else renewed it meanwhile: the caller's credential is old news, not the current one.
    if (held !== undefined && !held.secret.equals(used)) return true
    if (!this.#mayForce()) return false
    const renewed = await this.#renew('unauthorized').catch(() => undefined)
    return renewed !== undefined && !renewed.equals(used)
  }

  #mayForce(): boolean {
    if (this.#inFlight !== undefined) return true
    const now = this.#effects.monotonic()
    const recent = this.#forcedAt.filter((at) => now - at < FORCED_WINDOW_MS)
    if (recent.length >= MOST_FORCED) return false
    this.#forcedAt = [...recent, now]
    return true
  }

  expire(): void {
    this.#isStale = true
    this.#retryAt = 0
  }

  close(): void {
    this.#held = undefined
  }

  // A paused machine moves the wall clock on, a corrected one may move it back: what says that more time has passed, counts.
  #age(held: Held): number {
    const byWall = this.#effects.now() - held.receivedAt
    const byMonotonic = this.#effects.monotonic() - held.receivedMonotonic
    return held.receivedAt + Math.max(byWall, byMonotonic)
  }

  // Past the hard point callers wait for the new token; while the old one still lives, an issuer that fails, or does not answer,
  // costs nobody a request.
  async #renewOrServe(held: Held): Promise<Secret> {
    try {
      const renewal = this.#renew('scheduled')
      const leftMs = held.window.expiresAt - this.#age(held)
      if (leftMs <= 0 || this.#inFlight === undefined) return await renewal
      this.#patience ??= this.#effects.wait(Math.min(leftMs / 2, LONGEST_WAIT_MS))
      return await Promise.race([renewal, this.#patience.then(() => held.secret)])
    } catch (error) {
      if (this.#age(held) < held.window.expiresAt) return held.secret
      throw error
    }
  }

  #renewBehind(): void {
    if (this.#inFlight !== undefined || this.#effects.monotonic() < this.#retryAt) return
    this.#renew('scheduled').catch(() => undefined)
  }

  #renew(reason: MintReason): Promise<Secret> {
    if (this.#inFlight !== undefined) return this.#inFlight
    const wait = this.#retryAt - this.#effects.monotonic()
    if (wait > 0) return Promise.reject(this.#unavailable(wait))
    this.#inFlight = this.#mint(reason).finally(() => {
      this.#inFlight = undefined
      this.#patience = undefined
    })
    return this.#inFlight
  }

  async #mint(reason: MintReason): Promise<Secret> {
    try {
      const minted = await this.#effects.mint(reason)
      const receivedAt = this.#effects.now()
      const receivedMonotonic = this.#effects.monotonic()
      const jitter = this.#effects.random()
      const window = deriveRefreshWindow({ receivedAt, expiresAt: minted.expiresAt, jitter })
      this.#held = { secret: minted.secret, window, receivedAt, receivedMonotonic }
      this.#isStale = false
      this.#failures = 0
      this.#permanentFailures = 0
      this.#retryAt = 0
      if (reason !== 'initial') this.#effects.onRenewed()
      return minted.secret
    } catch (error) {
      this.#lastError = error
      const pause = this.#derivePause(error)
      this.#retryAt = this.#effects.monotonic() + pause
      this.#effects.onFailed(error)
      throw this.#unavailable(pause)
    }
  }

  #derivePause(error: unknown): number {
    this.#failures += 1
    const failed = error instanceof SourceFailedError ? error : undefined
    this.#permanentFailures = failed?.failure.isPermanent === true ? this.#permanentFailures + 1 : 0
    if (this.#permanentFailures >= PERMANENT_TRIES) return Number.POSITIVE_INFINITY
    const pause = deriveBackoffMs(this.#failures, this.#effects.random())
    const held = this.#held
    const isServing = held !== undefined && this.#age(held) < held.window.expiresAt
    const isDown = failed === undefined || failed.isSourceDown
    return isDown && !isServing ? Math.min(pause, LONGEST_PAUSE_WITHOUT_CREDENTIAL_MS) : pause
  }

  #unavailable(retryAfterMs: number): CredentialUnavailableError {
    return new CredentialUnavailableError(retryAfterMs, { cause: this.#lastError })
  }
}
