import { type FakeAnswer, type FakeService, json } from '../exchange.ts'
import { readForm } from './form.ts'
import { renderExpiresIn, type TokenLedger } from './token-ledger.ts'

export interface OauthOptions {
  readonly path: string
  readonly clientId: string
  readonly clientSecret?: string
  /** Refresh token to begin with; each exchange rotates it and makes the one before worthless. */
  readonly refreshToken?: string
  readonly scope?: string
  readonly tokens: TokenLedger
  /** The answer's Date header is this many seconds off: a server whose clock is wrong. */
  readonly skewS?: number
}

/** A plain OAuth 2 token endpoint: client credentials, or a refresh token that rotates. */
export function createOauth(options: OauthOptions): FakeService & { readonly refreshTokens: readonly string[] } {
  const refreshTokens = options.refreshToken === undefined ? [] : [options.refreshToken]
  return {
    refreshTokens,
    answer: (request) => {
      if (request.method !== 'POST' || request.path !== options.path) return json(404, { error: 'not_found' })
      const form = readForm(request)
      const isClient = form.get('client_id') === options.clientId
      if (!isClient || (form.get('client_secret') ?? undefined) !== options.clientSecret) {
        return refuse(401, 'invalid_client', 'Client authentication failed')
      }
      if ((form.get('scope') ?? undefined) !== options.scope) return refuse(400, 'invalid_scope', 'No such scope')
      return grant(form, options, refreshTokens)
    },
  }
}

function grant(form: URLSearchParams, options: OauthOptions, refreshTokens: string[]): FakeAnswer {
  const type = form.get('grant_type')
  if (type === 'client_credentials' && options.refreshToken === undefined) return issue(options, {})
  if (type !== 'refresh_token') return refuse(400, 'unsupported_grant_type', `No ${type}`)
  // The one before the last: somebody stole it, or its answer was lost. Real servers then revoke the whole family.
  if (form.get('refresh_token') !== refreshTokens.at(-1))
    return refuse(400, 'invalid_grant', 'Token has already been used')
  const next = `rt-${Math.random().toString(36).slice(2)}${Math.random().toString(36).slice(2)}-${refreshTokens.length}`
  refreshTokens.push(next)
  return issue(options, { refresh_token: next })
}

function issue({ tokens, skewS }: OauthOptions, extra: object): FakeAnswer {
  const issued = tokens.issue((random) => `oat-${random}`)
  const date = skewS === undefined ? {} : { date: new Date(Date.now() + skewS * 1000).toUTCString() }
  const body = { token_type: 'Bearer', ...renderExpiresIn(issued), access_token: issued.token, ...extra }
  return json(200, body, date)
}

function refuse(status: number, error: string, text: string): FakeAnswer {
  return json(status, { error, error_description: text })
}
