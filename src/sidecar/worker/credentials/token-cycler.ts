import { deriveBackoffMs, deriveRefreshWindow, type RefreshWindow } from '../../../core/credentials/refresh-window.ts'
import type { Secret } from '../../../core/secret.ts'
import { type Credential, CredentialUnavailableError } from './credential.ts'

export interface MintedToken {
  readonly secret: Secret
  /** Wall-clock milliseconds; null when the issuer does not say. */
  readonly expiresAt: number | null
}

export type MintReason = 'initial' | 'scheduled' | 'unauthorized'

export interface CyclerEffects {
  /** Wall-clock milliseconds. */
  readonly now: () => number
  /** 0 to 1. */
  readonly random: () => number
  readonly mint: (reason: MintReason) => Promise<MintedToken>
  readonly onRenewed: () => void
  readonly onFailed: (error: unknown) => void
}

interface Held {
  readonly secret: Secret
  readonly window: RefreshWindow
}

/** A credential that is renewed: one renewal in flight, failures remembered with back-off, no timer of its own. */
export function createTokenCycler(effects: CyclerEffects): Credential {
  return new TokenCycler(effects)
}

class TokenCycler implements Credential {
  readonly #effects: CyclerEffects
  #held: Held | undefined
  #inFlight: Promise<Secret> | undefined
  #failures = 0
  #retryAt = 0

  constructor(effects: CyclerEffects) {
    this.#effects = effects
  }

  current(): Secret | Promise<Secret> {
    const held = this.#held
    const now = this.#effects.now()
    if (held === undefined) return this.#renew('initial')
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

  close(): void {
    this.#held = undefined
  }

  // Past the hard point callers wait for the new token; while the old one still lives, a failing issuer costs nobody a request.
  async #renewOrServe(held: Held): Promise<Secret> {
    try {
      return await this.#renew('scheduled')
    } catch (error) {
      if (this.#effects.now() < held.window.expiresAt) return held.secret
      throw error
    }
  }

  #renewBehind(): void {
    if (this.#inFlight !== undefined || this.#effects.now() < this.#retryAt) return
    this.#renew('scheduled').catch(() => undefined)
  }

  #renew(reason: MintReason): Promise<Secret> {
    if (this.#inFlight !== undefined) return this.#inFlight
    const wait = this.#retryAt - this.#effects.now()
    if (wait > 0) return Promise.reject(new CredentialUnavailableError('The last renewal failed', wait))
    this.#inFlight = this.#mint(reason).finally(() => {
      this.#inFlight = undefined
    })
    return this.#inFlight
  }

  async #mint(reason: MintReason): Promise<Secret> {
    try {
      const minted = await this.#effects.mint(reason)
      const jitter = this.#effects.random()
      const window = deriveRefreshWindow({ receivedAt: this.#effects.now(), expiresAt: minted.expiresAt, jitter })
      this.#held = { secret: minted.secret, window }
      this.#failures = 0
      this.#retryAt = 0
      if (reason !== 'initial') this.#effects.onRenewed()
      return minted.secret
    } catch (error) {
      this.#failures += 1
      const pause = deriveBackoffMs(this.#failures, this.#effects.random())
      this.#retryAt = this.#effects.now() + pause
      this.#effects.onFailed(error)
      throw new CredentialUnavailableError('The credential could not be renewed', pause, { cause: error })
    }
  }
}
