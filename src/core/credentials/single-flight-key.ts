import type { ProviderId } from '../providers/provider.ts'
import { renderUpstream } from '../upstream.ts'
import type { CredentialSource } from './source.ts'
import { deriveAudience } from './token-request.ts'

/** What tells one credential from another; a member that a source does not have is null. */
interface KeyParts {
  readonly issuer: string
  readonly tenant?: string | null
  readonly client?: readonly (string | null)[]
  readonly scope?: string | null
  readonly audience?: string | null
}

/**
 * Names the credential that a renewal is for. Two callers share a renewal only if all of it is equal: with the scope left out, a
 * token for one API would be handed to another.
 * @returns a JSON array, so that no value can be spelled to run into its neighbour.
 */
export function deriveSingleFlightKey(provider: ProviderId, source: CredentialSource): string {
  const { issuer, tenant = null, client = [], scope = null, audience = null } = deriveParts(source)
  return JSON.stringify([provider, source.kind, issuer, tenant, client, scope, audience])
}

function deriveParts(source: CredentialSource): KeyParts {
  switch (source.kind) {
    case 'static':
    case 'none':
      return { issuer: source.kind }
    case 'command':
      return { issuer: 'command', client: source.argv, scope: JSON.stringify(source.environmentNames) }
    case 'file':
      return { issuer: 'file', client: [source.path] }
    case 'oauth':
      return {
        issuer: renderUpstream(source.tokenUrl),
        client: [source.clientId, source.grant],
        scope: source.scope ?? null,
      }
    case 'github-app':
      return { issuer: 'github', client: [source.appId, source.installationId] }
    case 'azure':
    case 'aws':
    case 'gcp':
    case 'anthropic':
    case 'openai':
      return { ...deriveFederatedParts(source), audience: deriveAudience(source) }
  }
}

function deriveFederatedParts(source: Parameters<typeof deriveAudience>[0]): KeyParts {
  switch (source.kind) {
    case 'azure':
      return { issuer: source.cloud, tenant: source.tenantId, client: [source.clientId], scope: source.scope }
    case 'aws':
      return { issuer: source.region, client: [source.roleArn] }
    case 'gcp':
      return { issuer: source.workloadIdentityProvider, client: [source.serviceAccount ?? null] }
    case 'anthropic':
      return {
        issuer: source.federationRuleId,
        tenant: source.organizationId,
        client: [source.serviceAccountId ?? null],
        scope: source.workspaceId ?? null,
      }
    case 'openai':
      return { issuer: source.identityProviderId, client: [source.serviceAccountId] }
  }
}
