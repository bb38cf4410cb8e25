import { parseJson, readPath } from '../probes/json.ts'

/** A life that is longer than this is not believed; it then counts as unknown, which is renewed every few minutes. */
export const LONGEST_BELIEVED_MS = 30 * 24 * 3_600_000

/** Clocks that differ by less are left alone. */
const TOLERATED_SKEW_MS = 30_000

/** A larger difference is no skew but a wrong header: with such a clock no certificate would have been accepted. */
const LARGEST_SKEW_MS = 24 * 3_600_000

/** 1e11 is the year 5138 in seconds and 1973 in milliseconds: no expiry of a credential is on the wrong side of it. */
const LARGEST_SECONDS = 1e11

const LONGEST_JWT = 64 * 1024
const NUMBER = /^-?\d{1,17}(\.\d{1,9})?$/
const INSTANT = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d{1,9})?\s?(Z|[+-]\d\d:?\d\d)$/i

/** What a source said about the end of a credential. The first one that can be read counts. */
export interface ExpiryClaims {
  /** Seconds from receipt: independent of any clock, so it comes first. */
  readonly lifetime?: unknown
  /** Points in time: seconds or milliseconds since the epoch, or ISO 8601 with a zone. */
  readonly instants: readonly unknown[]
  /** Read last: a JWT carries its own expiry. */
  readonly token?: string
}

/**
 * When a credential ends.
 * @param at `receivedAt` in wall-clock milliseconds; `skewMs` of the issuer's clock, see {@link deriveClockSkew}.
 * @returns wall-clock milliseconds of our clock; null when nothing readable or believable was said; `expired` when it is over.
 */
export function deriveExpiry(
  claims: ExpiryClaims,
  at: { readonly receivedAt: number; readonly skewMs: number },
): number | null | 'expired' {
  const expiresAt = findExpiry(claims, at)
  if (expiresAt === undefined) return null
  if (expiresAt <= at.receivedAt) return 'expired'
  return expiresAt - at.receivedAt > LONGEST_BELIEVED_MS ? null : expiresAt
}

/**
 * Point in time in milliseconds. A text without a zone is no point in time: tools print local time that way.
 * @returns undefined for everything that cannot be read as exactly one instant.
 */
export function parseInstant(value: unknown): number | undefined {
  if (typeof value === 'string' && INSTANT.test(value)) return parseIso(value)
  const number = parseNumber(value)
  if (number === undefined) return undefined
  return number > LARGEST_SECONDS ? number : number * 1000
}

/** `exp` of a JWT in milliseconds; undefined for anything else. The signature is the upstream's business. */
export function parseJwtExpiry(token: string): number | undefined {
  const payload = token.length > LONGEST_JWT ? undefined : /^[\w-]+\.([\w-]+)\.[\w-]*$/.exec(token)?.[1]
  if (payload === undefined) return undefined
  const exp = readPath(parseJson(decodeBase64url(payload)), 'exp')
  return typeof exp === 'number' ? parseInstant(exp) : undefined
}

/**
 * How far the issuer's clock is ahead of ours, from the Date header of its answer; 0 within half a minute, beyond a day, or
 * without one.
 * @param receivedAt wall-clock milliseconds. @returns milliseconds; negative when it is behind.
 */
export function deriveClockSkew(date: string | undefined, receivedAt: number): number {
  const issued = date === undefined || date.length > 64 ? Number.NaN : Date.parse(date)
  const skew = issued - receivedAt
  return Math.abs(skew) > TOLERATED_SKEW_MS && Math.abs(skew) <= LARGEST_SKEW_MS ? skew : 0
}

function findExpiry(
  claims: ExpiryClaims,
  { receivedAt, skewMs }: { readonly receivedAt: number; readonly skewMs: number },
): number | undefined {
  const seconds = parseNumber(claims.lifetime)
  if (seconds !== undefined) return receivedAt + seconds * 1000
  const instant = claims.instants.map(parseInstant).find((each) => each !== undefined)
  const end = instant ?? (claims.token === undefined ? undefined : parseJwtExpiry(claims.token))
  return end === undefined ? undefined : end - skewMs
}

// Entra's older endpoints and some gateways write numbers as texts.
function parseNumber(value: unknown): number | undefined {
  const number = typeof value === 'string' && NUMBER.test(value) ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined
}

function parseIso(text: string): number | undefined {
  const iso = text
    .replace(/^(.{10}) /, '$1T')
    .replace(/\s/, '')
    .replace(/([+-]\d\d)(\d\d)$/, '$1:$2')
  const instant = Date.parse(iso)
  return Number.isNaN(instant) ? undefined : instant
}

function decodeBase64url(text: string): string {
  try {
    return atob(text.replaceAll('-', '+').replaceAll('_', '/'))
  } catch {
    return ''
  }
}
