import type { Hostname } from '../../hostname.ts'
import type { Secret } from '../../secret.ts'
import { httpsUpstream } from '../../upstream.ts'
import type { OpenaiSource } from '../source.ts'
import type { TokenRequest } from '../token-step.ts'
import { JSON_HEADERS } from './oauth.ts'

/** Where assertions are exchanged. */
export const OPENAI_ISSUER = 'auth.openai.com' as Hostname

/** What the assertion must be made out to: the audience of OpenAI's own examples for workload identity. */
export const OPENAI_AUDIENCE = 'https://api.openai.com/v1'

/** Token exchange of OpenAI's workload identity federation, as `codex responses-api-proxy --github-oidc` sends it (measured). */
export function deriveOpenaiRequest(source: OpenaiSource, assertion: Secret): TokenRequest {
  return {
    method: 'POST',
    upstream: httpsUpstream(OPENAI_ISSUER),
    path: '/oauth/token',
    headers: JSON_HEADERS,
    body: {
      kind: 'json',
      fields: [
        ['grant_type', 'urn:ietf:params:oauth:grant-type:token-exchange'],
        ['subject_token_type', 'urn:ietf:params:oauth:token-type:jwt'],
        ['subject_token', assertion],
        ['identity_provider_id', source.identityProviderId],
        ['service_account_id', source.serviceAccountId],
      ],
    },
  }
}
