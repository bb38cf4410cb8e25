import type { Hostname } from '../../hostname.ts'
import type { Secret } from '../../secret.ts'
import { httpsUpstream } from '../../upstream.ts'
import type { AzureSource } from '../source.ts'
import type { TokenRequest } from '../token-step.ts'
import { FORM_HEADERS } from './oauth.ts'

export interface AzureCloudRow {
  /** Where tokens are issued. */
  readonly login: Hostname
  /** What the assertion must be made out to; each sovereign cloud has its own. */
  readonly audience: string
  /** Scope when none is given: the API that Azure OpenAI stands behind. */
  readonly defaultScope: string
}

/** Microsoft's clouds: login hosts, audiences and scopes as Entra documents them. */
export const AZURE_CLOUDS = {
  public: {
    login: 'login.microsoftonline.com' as Hostname,
    audience: 'api://AzureADTokenExchange',
    defaultScope: 'https://cognitiveservices.azure.com/.default',
  },
  usgov: {
    login: 'login.microsoftonline.us' as Hostname,
    audience: 'api://AzureADTokenExchangeUSGov',
    defaultScope: 'https://cognitiveservices.azure.us/.default',
  },
  china: {
    login: 'login.partner.microsoftonline.cn' as Hostname,
    audience: 'api://AzureADTokenExchangeChina',
    defaultScope: 'https://cognitiveservices.azure.cn/.default',
  },
} as const satisfies { readonly [Cloud in AzureSource['cloud']]: AzureCloudRow }

/** Entra's client credentials with a federated assertion in place of a secret. */
export function deriveAzureRequest(source: AzureSource, assertion: Secret): TokenRequest {
  return {
    method: 'POST',
    upstream: httpsUpstream(AZURE_CLOUDS[source.cloud].login),
    path: `/${encodeURIComponent(source.tenantId)}/oauth2/v2.0/token`,
    headers: FORM_HEADERS,
    body: {
      kind: 'form',
      fields: [
        ['grant_type', 'client_credentials'],
        ['client_id', source.clientId],
        ['scope', source.scope],
        ['client_assertion_type', 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'],
        ['client_assertion', assertion],
      ],
    },
  }
}
