import { type FakeAnswer, type FakeRequest, type FakeService, json, parseBody } from './exchange.ts'
import { findCredentials } from './offered-credentials.ts'

export interface GitHubOptions {
  /** The token this GitHub host knows; every other one is "Bad credentials". */
  readonly token: string
  /** Copilot API base that discovery answers; absent: the account has no Copilot. */
  readonly copilotApi?: string
  readonly telemetry?: string
  /** `/api/v3` on GHES, where GraphQL then lies at /api/graphql. */
  readonly restPrefix?: '' | '/api/v3'
  /** Answers /copilot_internal/v2/token; absent: closed to this token, as for every PAT. */
  readonly issuer?: TokenIssuer
}

/** GitHub's REST and GraphQL, as far as a Copilot client or proxy asks. */
export function createGitHubService(options: GitHubOptions): FakeService {
  const prefix = options.restPrefix ?? ''
  const graphql = prefix === '' ? '/graphql' : '/api/graphql'
  return {
    answer: (request) => {
      if (!isKnown(request, options.token)) {
        const documentation = 'https://docs.github.com/rest'
        return json(401, { message: 'Bad credentials', documentation_url: documentation, status: '401' })
      }
      if (request.path === graphql && request.method === 'POST') return answerGraphql(request, options)
      const path = request.path.startsWith(prefix) ? request.path.slice(prefix.length) : ''
      return answerRest(path, options)
    },
  }
}

function isKnown(request: FakeRequest, token: string): boolean {
  const [first, ...others] = findCredentials(request)
  const [scheme = '', value = ''] = (first?.place === 'authorization' ? first.value : '').split(' ')
  return others.length === 0 && /^(bearer|token)$/i.test(scheme) && value === token
}

function answerRest(path: string, options: GitHubOptions): FakeAnswer {
  if (path === '/user') return json(200, { login: 'fake-user', type: 'User' })
  if (path === '/copilot_internal/user') {
    if (options.copilotApi === undefined) return json(404, { message: 'Not Found', status: '404' })
    return json(200, { login: 'fake-user', copilot_plan: 'enterprise', endpoints: renderEndpoints(options) })
  }
  if (path === '/copilot_internal/v2/token') return answerExchange(options)
  return json(404, { message: 'Not Found', status: '404' })
}

function answerExchange(options: GitHubOptions): FakeAnswer {
  if (options.issuer === undefined) {
    return json(403, { message: 'Resource not accessible by personal access token', status: '403' })
  }
  const { token, expiresAt, lifetime } = options.issuer.issue()
  const body = {
    token,
    expires_at: expiresAt,
    refresh_in: Math.max(0, lifetime - 60),
    endpoints: renderEndpoints(options),
  }
  return json(200, body)
}

function answerGraphql(request: FakeRequest, options: GitHubOptions): FakeAnswer {
  const query = String(parseBody(request).query ?? '')
  if (!query.includes('viewer')) return json(200, { errors: [{ message: 'Only viewer is known here' }] })
  const copilotEndpoints = options.copilotApi === undefined ? null : renderEndpoints(options)
  return json(200, { data: { viewer: { login: 'fake-user', copilotEndpoints } } })
}

function renderEndpoints({ copilotApi = '', telemetry = copilotApi }: GitHubOptions): Readonly<Record<string, string>> {
  return { api: copilotApi, proxy: copilotApi, telemetry, originTracker: copilotApi, 'origin-tracker': copilotApi }
}

export interface TokenIssuer {
  /** A new token; `expiresAt` in Unix seconds, `lifetime` in seconds. */
  readonly issue: () => { readonly token: string; readonly expiresAt: number; readonly lifetime: number }
  /** True while the token is neither expired nor revoked. */
  readonly accepts: (token: string) => boolean
  /** Makes everything issued so far worthless, before its time. */
  readonly revokeAll: () => void
  readonly issued: readonly string[]
}

/** @param lifetime seconds until a token expires; @param now milliseconds, for tests with a clock of their own */
export function createTokenIssuer(lifetime: number, now: () => number = Date.now): TokenIssuer {
  const expiries = new Map<string, number>()
  const issued: string[] = []
  return {
    issued,
    issue: () => {
      const expiresAt = Math.floor(now() / 1000) + lifetime
      const token = `tid=fake${issued.length};exp=${expiresAt};sku=fake:sig${Math.random().toString(36).slice(2)}`
      expiries.set(token, expiresAt)
      issued.push(token)
      return { token, expiresAt, lifetime }
    },
    accepts: (token) => (expiries.get(token) ?? 0) * 1000 > now(),
    revokeAll: () => expiries.clear(),
  }
}
