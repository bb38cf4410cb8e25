import { type FakeAnswer, type FakeService, json, parseBody } from '../exchange.ts'
import type { AssertionVerdict, GithubOidc } from './github-oidc.ts'
import { renderExpiresIn, type TokenLedger } from './token-ledger.ts'

export interface FederationOptions {
  readonly oidc: GithubOidc
  readonly tokens: TokenLedger
  /** Members of the exchange beside the assertion, spelled as the vendor does. */
  readonly members: Readonly<Record<string, string>>
}

const BETAS = 'oauth-2025-04-20,oidc-federation-2026-04-01'

/** api.anthropic.com/v1/oauth/token: takes each assertion once, and gives tokens that are sent as a bearer. */
export function createAnthropicFederation({ oidc, tokens, members }: FederationOptions): FakeService {
  return {
    answer: (request) => {
      if (request.method !== 'POST' || request.path !== '/v1/oauth/token')
        return refuseAnthropic(404, 'not_found_error', 'No')
      if (request.header('anthropic-beta') !== BETAS) return refuseAnthropic(404, 'not_found_error', 'Not found')
      const { grant_type: grant, assertion, ...rest } = parseBody(request)
      if (grant !== 'urn:ietf:params:oauth:grant-type:jwt-bearer') {
        return refuseAnthropic(400, 'invalid_request_error', `Unsupported grant_type ${String(grant)}`)
      }
      const message = ANTHROPIC_VERDICTS[oidc.take(String(assertion), 'https://api.anthropic.com')]
      if (message !== undefined) return refuseAnthropic(401, 'authentication_error', message)
      if (!hasSameMembers(rest, members)) return refuseAnthropic(401, 'authentication_error', 'Authentication failed')
      const issued = tokens.issue((random) => `sk-ant-oat01-${random}`)
      return json(200, { access_token: issued.token, token_type: 'Bearer', ...renderExpiresIn(issued) })
    },
  }
}

const ANTHROPIC_VERDICTS: Readonly<Record<AssertionVerdict, string | undefined>> = {
  good: undefined,
  reused: 'jti_reused',
  unknown: 'Authentication failed',
  audience: 'Authentication failed',
  expired: 'Authentication failed',
}

function refuseAnthropic(status: number, type: string, message: string): FakeAnswer {
  return json(status, { type: 'error', error: { type, message } })
}

/** auth.openai.com/oauth/token: the token exchange of OpenAI's workload identity. */
export function createOpenaiFederation({ oidc, tokens, members }: FederationOptions): FakeService {
  return {
    answer: (request) => {
      if (request.method !== 'POST' || request.path !== '/oauth/token') return json(404, { error: 'not_found' })
      const { grant_type: grant, subject_token_type: type, subject_token: assertion, ...rest } = parseBody(request)
      const isExchange = grant === 'urn:ietf:params:oauth:grant-type:token-exchange'
      if (!isExchange || type !== 'urn:ietf:params:oauth:token-type:jwt') {
        return json(400, { error: 'invalid_request', error_description: 'Not a token exchange of a JWT' })
      }
      const verdict = oidc.take(String(assertion), 'https://api.openai.com/v1')
      if (verdict !== 'good' || !hasSameMembers(rest, members)) {
        return json(401, { error: 'invalid_grant', error_description: `No mapping matches (${verdict})` })
      }
      const issued = tokens.issue((random) => `oat_wif_${random}`)
      return json(200, { access_token: issued.token, token_type: 'Bearer', ...renderExpiresIn(issued) })
    },
  }
}

function hasSameMembers(
  offered: Readonly<Record<string, unknown>>,
  members: Readonly<Record<string, string>>,
): boolean {
  const names = Object.keys(members)
  return Object.keys(offered).length === names.length && names.every((name) => offered[name] === members[name])
}
