import type { Hostname } from '../hostname.ts'
import { deriveLicenceApi } from '../topology/licence-api.ts'
import type { Topology } from '../topology/topology.ts'
import { ANTHROPIC_ISSUER } from './issuers/anthropic.ts'
import { deriveAwsHost } from './issuers/aws-sts.ts'
import { AZURE_CLOUDS } from './issuers/azure.ts'
import { listGcpHosts } from './issuers/gcp.ts'
import { OPENAI_ISSUER } from './issuers/openai.ts'
import type { CredentialSource } from './source.ts'

/**
 * Hosts that the sidecar asks for a credential of this source: who keeps its way out closed must open them, or no renewal succeeds. Without
 * GitHub's own OIDC host, which the runner names anew in each job, and without what a command dials by itself.
 */
export function listIssuerHosts(source: CredentialSource, topology: Topology): readonly Hostname[] {
  switch (source.kind) {
    case 'oauth':
      return [source.tokenUrl.hostname]
    case 'azure':
      return [AZURE_CLOUDS[source.cloud].login]
    case 'aws':
      return [deriveAwsHost(source)].filter((host) => host !== undefined)
    case 'gcp':
      return listGcpHosts(source)
    case 'anthropic':
      return [ANTHROPIC_ISSUER]
    case 'openai':
      return [OPENAI_ISSUER]
    case 'github-app':
      return [deriveLicenceApi(topology).rest.hostname]
    case 'static':
    case 'none':
    case 'command':
    case 'file':
      return []
  }
}
