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

/** A credential that is renewed: one renewal in flight, failures remembered with back-off, no timer of its own. */
export function createTokenCycler(effects: CyclerEffects): RenewedCredential {
  return new TokenCycler(effects)
}

class TokenCycler implements RenewedCredential {
  readonly #effects: CyclerEffects
  #held: Held | undefined
  #isStale = false
  #inFlight: Promise<Secret> | undefined
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
    const renewed = await this.#renew('unauthorized').catch(() => undefined)
    return renewed !== undefined && !renewed.equals(used)
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

  // Past the hard point callers wait for the new token; while the old one still lives, a failing issuer costs nobody a request.
  async #renewOrServe(held: Held): Promise<Secret> {
    try {
      return await this.#renew('scheduled')
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
