import { type FakeAnswer, type FakeRequest, type FakeService, json, parseBody } from '../exchange.ts'
import type { AssertionVerdict, GithubOidc } from './github-oidc.ts'
import { renderExpiresIn, renderExpiryInstant, type TokenLedger } from './token-ledger.ts'

export interface GcpOptions {
  /** `projects/N/locations/global/workloadIdentityPools/P/providers/R` */
  readonly provider: string
  readonly oidc: GithubOidc
  /** Federated tokens. */
  readonly tokens: TokenLedger
}

const EXCHANGE = {
  grantType: 'urn:ietf:params:oauth:grant-type:token-exchange',
  scope: 'https://www.googleapis.com/auth/cloud-platform',
  requestedTokenType: 'urn:ietf:params:oauth:token-type:access_token',
  subjectTokenType: 'urn:ietf:params:oauth:token-type:jwt',
}

/** sts.googleapis.com: an assertion for a federated token. */
export function createGcpSts({ provider, oidc, tokens }: GcpOptions): FakeService {
  return {
    answer: (request) => {
      if (request.method !== 'POST' || request.path !== '/v1/token') return json(404, { error: 'not_found' })
      const body = parseBody(request)
      const isRight = Object.entries(EXCHANGE).every(([name, value]) => body[name] === value)
      if (!isRight) return refuse('invalid_request', 'A member of the exchange is wrong')
      if (body.audience !== `//iam.googleapis.com/${provider}`) {
        return refuse('invalid_target', 'The target service indicated by the "audience" parameters is invalid.')
      }
      const verdict = oidc.take(String(body.subjectToken), `https://iam.googleapis.com/${provider}`)
      const fault = VERDICTS[verdict]
      if (fault !== undefined) return fault
      const issued = tokens.issue((random) => `ya29.d.fed${random}`)
      const type = 'urn:ietf:params:oauth:token-type:access_token'
      const answer = { access_token: issued.token, issued_token_type: type, token_type: 'Bearer' }
      return json(200, { ...answer, ...renderExpiresIn(issued) })
    },
  }
}

function refuse(error: string, text: string): FakeAnswer {
  return json(400, { error, error_description: text })
}

const VERDICTS: Readonly<Record<AssertionVerdict, FakeAnswer | undefined>> = {
  good: undefined,
  reused: undefined,
  unknown: refuse('invalid_grant', 'The JWT is not signed by a key of the issuer.'),
  audience: refuse('invalid_grant', 'The audience in ID Token does not match the expected audience.'),
  expired: refuse('invalid_grant', 'ID Token issued at 1793530000 is stale to sign-in.'),
}

export interface GcpIamOptions {
  readonly serviceAccount: string
  /** Federated tokens, as the STS beside it books them. */
  readonly federated: TokenLedger
  /** The service account's own tokens. */
  readonly tokens: TokenLedger
}

/** iamcredentials.googleapis.com: a federated token for one of the service account. */
export function createGcpIam({ serviceAccount, federated, tokens }: GcpIamOptions): FakeService {
  return {
    answer: (request) => {
      if (!federated.accepts(readBearer(request))) {
        return json(401, {
          error: { code: 401, status: 'UNAUTHENTICATED', message: 'Request had invalid credentials.' },
        })
      }
      const path = `/v1/projects/-/serviceAccounts/${serviceAccount}:generateAccessToken`
      const body = parseBody(request)
      if (request.method !== 'POST' || request.path !== path || !Array.isArray(body.scope)) {
        return json(404, { error: { code: 404, status: 'NOT_FOUND', message: 'Unknown service account' } })
      }
      const issued = tokens.issue((random) => `ya29.c.sa${random}`)
      return json(200, { accessToken: issued.token, expireTime: renderExpiryInstant(issued) })
    },
  }
}

function readBearer(request: FakeRequest): string {
  return /^Bearer (.+)$/.exec(request.header('authorization') ?? '')?.[1] ?? ''
}
