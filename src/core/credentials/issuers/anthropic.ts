import type { Hostname } from '../../hostname.ts'
import type { Secret } from '../../secret.ts'
import { httpsUpstream } from '../../upstream.ts'
import { ANTHROPIC_OAUTH_BETA } from '../../upstream-headers.ts'
import type { AnthropicSource } from '../source.ts'
import type { JsonField, TokenRequest } from '../token-step.ts'
import { JSON_HEADERS } from './oauth.ts'

/** Sends the exchange to the federation service; on requests with the token it would be refused. */
const FEDERATION_BETA = 'oidc-federation-2026-04-01'

/** Where assertions are exchanged; a gateway in front of the API is no issuer. */
export const ANTHROPIC_ISSUER = 'api.anthropic.com' as Hostname

/** What the assertion must be made out to. */
export const ANTHROPIC_AUDIENCE = 'https://api.anthropic.com'

/** RFC 7523 grant of Anthropic's workload identity federation; each assertion is taken once. */
export function deriveAnthropicRequest(source: AnthropicSource, assertion: Secret): TokenRequest {
  return {
    method: 'POST',
    upstream: httpsUpstream(ANTHROPIC_ISSUER),
    path: '/v1/oauth/token',
    headers: [...JSON_HEADERS, ['anthropic-beta', `${ANTHROPIC_OAUTH_BETA},${FEDERATION_BETA}`]],
    body: {
      kind: 'json',
      fields: [
        ['grant_type', 'urn:ietf:params:oauth:grant-type:jwt-bearer'],
        ['assertion', assertion],
        ['federation_rule_id', source.federationRuleId],
        ['organization_id', source.organizationId],
        ...optional('service_account_id', source.serviceAccountId),
        ...optional('workspace_id', source.workspaceId),
      ],
    },
  }
}

function optional(name: string, value: string | undefined): readonly JsonField[] {
  return value === undefined ? [] : [[name, value]]
}
