import { type FakeAnswer, type FakeRequest, type FakeService, json } from '../exchange.ts'
import { readForm } from './form.ts'
import { type AssertionVerdict, type GithubOidc, renderJwt } from './github-oidc.ts'
import { renderExpiresIn, type TokenLedger } from './token-ledger.ts'

export type EntraCloud = 'public' | 'usgov' | 'china'

/** Login host of each cloud, and the audience its federated credentials want. */
export const ENTRA_CLOUDS: Readonly<Record<EntraCloud, { readonly host: string; readonly audience: string }>> = {
  public: { host: 'login.microsoftonline.com', audience: 'api://AzureADTokenExchange' },
  usgov: { host: 'login.microsoftonline.us', audience: 'api://AzureADTokenExchangeUSGov' },
  china: { host: 'login.partner.microsoftonline.cn', audience: 'api://AzureADTokenExchangeChina' },
}

export interface EntraOptions {
  readonly cloud: EntraCloud
  readonly tenantId: string
  readonly clientId: string
  /** The one scope the tenant knows. */
  readonly scope: string
  readonly tokens: TokenLedger
  /** Assertions are judged by it; absent: no federated credential. */
  readonly oidc?: GithubOidc
  readonly clientSecret?: string
  /** Refresh token to begin with; each exchange rotates it and makes the one before worthless. */
  readonly refreshToken?: string
}

/** Entra's v2.0 token endpoint: federated assertion, client secret or refresh token; errors in AADSTS numbers. */
export function createEntra(options: EntraOptions): FakeService & { readonly refreshTokens: readonly string[] } {
  const refreshTokens = options.refreshToken === undefined ? [] : [options.refreshToken]
  return {
    refreshTokens,
    answer: (request) => {
      if (request.method !== 'POST' || request.path !== `/${options.tenantId}/oauth2/v2.0/token`) {
        return renderError(90002, 'invalid_request', `Tenant '${request.path.split('/')[1]}' not found.`)
      }
      const form = readForm(request)
      return findFault(request, form, options) ?? grant(form, options, refreshTokens)
    },
  }
}

function findFault(request: FakeRequest, form: URLSearchParams, options: EntraOptions): FakeAnswer | undefined {
  if (request.header('content-type')?.split(';')[0] !== 'application/x-www-form-urlencoded') {
    return renderError(900144, 'invalid_request', 'The request body must be a form.')
  }
  if (form.get('client_id') !== options.clientId) {
    return renderError(700016, 'unauthorized_client', 'Application was not found in the directory.')
  }
  if (form.get('scope') !== options.scope) {
    return renderError(1002012, 'invalid_scope', `The provided value for scope ${form.get('scope')} is not valid.`)
  }
  return undefined
}

function grant(form: URLSearchParams, options: EntraOptions, refreshTokens: string[]): FakeAnswer {
  if (form.get('grant_type') === 'refresh_token') return refresh(form, options, refreshTokens)
  if (form.get('grant_type') !== 'client_credentials')
    return renderError(70003, 'unsupported_grant_type', 'No such grant.')
  const secret = form.get('client_secret')
  if (secret !== null) {
    const isRight = secret === options.clientSecret
    return isRight ? issue(options) : renderError(7000215, 'invalid_client', 'Invalid client secret provided.')
  }
  const isJwt = form.get('client_assertion_type') === 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
  if (!isJwt || options.oidc === undefined)
    return renderError(7000218, 'invalid_client', 'client_assertion is missing.')
  const verdict = options.oidc.take(form.get('client_assertion') ?? '', ENTRA_CLOUDS[options.cloud].audience)
  return refuseAssertion(verdict) ?? issue(options)
}

// Entra takes an assertion more than once within its life.
function refuseAssertion(verdict: AssertionVerdict): FakeAnswer | undefined {
  switch (verdict) {
    case 'good':
    case 'reused':
      return undefined
    case 'unknown':
      return renderError(
        70021,
        'invalid_client',
        'No matching federated identity record found for presented assertion.',
      )
    case 'audience':
      return renderError(700212, 'invalid_client', 'No matching federated identity record found for audience.')
    case 'expired':
      return renderError(700024, 'invalid_client', 'Client assertion is not within its valid time range.')
  }
}

function refresh(form: URLSearchParams, options: EntraOptions, refreshTokens: string[]): FakeAnswer {
  if (form.get('refresh_token') !== refreshTokens.at(-1)) {
    return renderError(700082, 'invalid_grant', 'The refresh token has expired due to inactivity.')
  }
  const next = `0.AXoA-${Math.random().toString(36).slice(2)}-${refreshTokens.length}`
  refreshTokens.push(next)
  return issue(options, { refresh_token: next })
}

function issue({ tokens, scope }: EntraOptions, extra: object = {}): FakeAnswer {
  const issued = tokens.issue((random) => renderJwt({ aud: scope, uti: random }))
  return json(200, {
    token_type: 'Bearer',
    ...renderExpiresIn(issued),
    ext_expires_in: 3599,
    access_token: issued.token,
    ...extra,
  })
}

/** An error in Entra's words, as every failing request gets it. */
export function renderError(number: number, error: string, text: string): FakeAnswer {
  const trace = 'Trace ID: 255d1aef-8c98-452f-ac51-23d051240864 Correlation ID: fb3d2015-bc17-4bb9-bb85-30c5cf1aaaa7'
  return json(error === 'invalid_client' || error === 'unauthorized_client' ? 401 : 400, {
    error,
    error_description: `AADSTS${number}: ${text} ${trace} Timestamp: 2026-11-01 12:00:00Z`,
    error_codes: [number],
  })
}
