import { createHmac, randomBytes, randomUUID } from 'node:crypto'
import { type FakeAnswer, type FakeRequest, type FakeService, json } from '../exchange.ts'

/** What became of an assertion that was shown to an issuer. */
export type AssertionVerdict = 'good' | 'unknown' | 'expired' | 'audience' | 'reused'

/** GitHub's OIDC endpoint of one job, and its memory of what it gave out. */
export interface GithubOidc extends FakeService {
  /** Assertions in the order in which they were given. */
  readonly assertions: readonly string[]
  readonly audiences: readonly string[]
  /** Judges an assertion as an issuer would, and notes that it was shown. */
  readonly take: (assertion: string, audience: string) => AssertionVerdict
  /** Assertions that were shown more than once. */
  readonly reused: () => readonly string[]
  /** Seconds; GitHub's own live about five minutes. */
  readonly setLife: (seconds: number) => void
  /** From now on nothing is given, as in a job without `id-token: write`. */
  readonly refuse: () => void
}

export interface GithubOidcOptions {
  /** ACTIONS_ID_TOKEN_REQUEST_TOKEN. */
  readonly token: string
  /** Path of ACTIONS_ID_TOKEN_REQUEST_URL; the runner's has an empty segment. */
  readonly path: string
}

/** Path and query as the runner has them. */
export const OIDC_PATH = '/77//idtoken/2f1b/9c3d'
export const OIDC_QUERY = 'api-version=2.0'

interface Given {
  readonly audience: string
  readonly expiresAt: number
  taken: number
}

/** Creates the endpoint. Every request gives another JWT with a `jti` of its own. */
export function createGithubOidc(options: GithubOidcOptions): GithubOidc {
  const given = new Map<string, Given>()
  const audiences: string[] = []
  let lifeS = 300
  let isClosed = false
  return {
    audiences,
    get assertions() {
      return [...given.keys()]
    },
    reused: () => [...given].flatMap(([assertion, { taken }]) => (taken > 1 ? [assertion] : [])),
    setLife: (seconds) => {
      lifeS = seconds
    },
    refuse: () => {
      isClosed = true
    },
    take: (assertion, audience) => judge(given.get(assertion), audience),
    answer: (request) => {
      const refusal = isClosed ? json(403, { message: 'Forbidden' }) : refuse(request, options)
      if (refusal !== undefined) return refusal
      const audience = request.query.get('audience') ?? ''
      const expiresAt = Date.now() + lifeS * 1000
      const value = renderAssertion(audience, expiresAt)
      audiences.push(audience)
      given.set(value, { audience, expiresAt, taken: 0 })
      return json(200, { count: value.length, value })
    },
  }
}

function refuse(request: FakeRequest, { token, path }: GithubOidcOptions): FakeAnswer | undefined {
  if (request.method !== 'GET' || request.path !== path) return json(404, { message: 'Not Found' })
  if (request.query.get('api-version') !== '2.0') return json(400, { message: 'No api-version' })
  if (request.query.getAll('audience').length !== 1) return json(400, { message: 'One audience, please' })
  const offered = /^bearer (.+)$/i.exec(request.header('authorization') ?? '')?.[1]
  return offered === token ? undefined : json(401, { message: 'Unauthorized' })
}

function judge(entry: Given | undefined, audience: string): AssertionVerdict {
  if (entry === undefined) return 'unknown'
  entry.taken += 1
  if (entry.expiresAt <= Date.now()) return 'expired'
  if (entry.audience !== audience) return 'audience'
  return entry.taken > 1 ? 'reused' : 'good'
}

const SIGNING_KEY = randomBytes(32)

function renderAssertion(audience: string, expiresAt: number): string {
  const claims = {
    jti: randomUUID(),
    sub: 'repo:octo/repo:ref:refs/heads/main',
    aud: audience,
    iss: 'https://token.actions.githubusercontent.com',
    exp: Math.floor(expiresAt / 1000),
  }
  return renderJwt(claims)
}

/** A JWT whose signature only this process could check: issuers here know assertions and tokens by heart. */
export function renderJwt(claims: object): string {
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const input = `${encode({ typ: 'JWT', alg: 'RS256', kid: 'fake' })}.${encode(claims)}`
  return `${input}.${createHmac('sha512', SIGNING_KEY).update(input).digest('base64url')}`
}
