import { PROBE_USER_AGENT } from '../../probes/probe.ts'
import type { Secret } from '../../secret.ts'
import type { OauthSource } from '../source.ts'
import type { FormField, SourceInputs, TokenRequest } from '../token-step.ts'

/** Headers of every form sent to a token endpoint. */
export const FORM_HEADERS = [
  ['accept', 'application/json'],
  ['content-type', 'application/x-www-form-urlencoded'],
  ['user-agent', PROBE_USER_AGENT],
] as const

/** Headers of every JSON document sent to a token endpoint. */
export const JSON_HEADERS = [
  ['accept', 'application/json'],
  ['content-type', 'application/json'],
  ['user-agent', PROBE_USER_AGENT],
] as const

/**
 * RFC 6749 §4.4 and §6, with the client's secret in the form: what every issuer we know takes, Entra among them. A refresh token
 * of a public client goes without one.
 * @returns the name of the secret that is missing, where one is.
 */
export function deriveOauthRequest(
  source: OauthSource,
  secrets: SourceInputs['secrets'],
): TokenRequest | 'oauth-client-secret' | 'oauth-refresh-token' {
  const grant = deriveGrant(source, secrets)
  if (typeof grant === 'string') return grant
  const scope: readonly FormField[] = source.scope === undefined ? [] : [['scope', source.scope]]
  return {
    method: 'POST',
    upstream: source.tokenUrl,
    path: '',
    headers: FORM_HEADERS,
    body: {
      kind: 'form',
      fields: [['grant_type', source.grant], ['client_id', source.clientId], ...grant, ...scope],
    },
  }
}

function deriveGrant(
  source: OauthSource,
  { clientSecret, refreshToken }: SourceInputs['secrets'],
): readonly FormField[] | 'oauth-client-secret' | 'oauth-refresh-token' {
  const client = deriveSecretField('client_secret', clientSecret)
  switch (source.grant) {
    case 'client_credentials':
      return client.length === 0 ? 'oauth-client-secret' : client
    case 'refresh_token':
      return refreshToken === undefined ? 'oauth-refresh-token' : [['refresh_token', refreshToken], ...client]
  }
}

function deriveSecretField(name: string, secret: Secret | undefined): readonly FormField[] {
  return secret === undefined ? [] : [[name, secret]]
}
