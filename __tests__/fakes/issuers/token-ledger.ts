import { randomBytes } from 'node:crypto'

/** How long the tokens of an issuer live, and what the issuer says about it. Seconds. */
export interface TokenLife {
  /** What the answer claims; null leaves the expiry out; may be 0 or negative. */
  readonly claimed: number | null
  /** How long the token is really accepted; as claimed when absent, for ever when nothing is claimed. */
  readonly lived?: number
}

/** What one issuer has issued, and what of it still counts. */
export interface TokenLedger {
  /** A new token in the issuer's spelling, booked as accepted from now on. */
  readonly issue: (spell: (random: string) => string) => IssuedToken
  readonly accepts: (token: string) => boolean
  readonly setLife: (life: TokenLife) => void
  /** Makes everything issued so far worthless, before its time. */
  readonly revokeAll: () => void
  /** The next tokens are the last one again, as an issuer that caches gives them; it is not revived by that. */
  readonly repeat: (repeats: boolean) => void
  /** In the order of issue; a repeated token stands here again. */
  readonly issued: readonly string[]
  /** The newest token. Throws when there is none. */
  readonly newest: () => string
}

export interface IssuedToken {
  readonly token: string
  /** As the issuer claims it. */
  readonly life: TokenLife
  /** Wall-clock milliseconds. */
  readonly issuedAt: number
}

/** @param now wall-clock milliseconds, for tests with a clock of their own */
export function createTokenLedger(life: TokenLife, now: () => number = Date.now): TokenLedger {
  const ends = new Map<string, number>()
  const issued: string[] = []
  let current = life
  let repeats = false
  return {
    issued,
    newest: () => {
      const token = issued.at(-1)
      if (token === undefined) throw new Error('The fake issuer has issued nothing yet')
      return token
    },
    issue: (spell) => {
      const last = repeats ? issued.at(-1) : undefined
      const token = last ?? spell(randomBytes(24).toString('hex'))
      issued.push(token)
      const seconds = current.lived ?? current.claimed ?? Number.POSITIVE_INFINITY
      if (last === undefined) ends.set(token, now() + seconds * 1000)
      return { token, life: current, issuedAt: now() }
    },
    accepts: (token) => (ends.get(token) ?? 0) > now(),
    setLife: (next) => {
      current = next
    },
    revokeAll: () => ends.clear(),
    repeat: (next) => {
      repeats = next
    },
  }
}

/** The member with the remaining seconds, as OAuth has it; nothing when the issuer says nothing. */
export function renderExpiresIn({ life }: IssuedToken): { readonly expires_in?: number } {
  return life.claimed === null ? {} : { expires_in: life.claimed }
}

/** The end as ISO 8601 without fractions; undefined when the issuer says nothing. */
export function renderExpiryInstant({ life, issuedAt }: IssuedToken): string | undefined {
  if (life.claimed === null) return undefined
  return `${new Date(issuedAt + life.claimed * 1000).toISOString().slice(0, 19)}Z`
}
