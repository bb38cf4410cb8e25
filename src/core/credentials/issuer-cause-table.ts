import { AWS_CAUSES } from './causes/aws-causes.ts'
import { ENTRA_CAUSES } from './causes/entra-causes.ts'
import { GCP_CAUSES } from './causes/gcp-causes.ts'
import { GITHUB_APP_CAUSES } from './causes/github-app-causes.ts'
import { ISSUER_GENERAL_CAUSES, ISSUER_LIMIT_CAUSES } from './causes/issuer-general-causes.ts'
import { ISSUER_NETWORK_CAUSES } from './causes/issuer-network-causes.ts'
import { OAUTH_CAUSES } from './causes/oauth-causes.ts'
import { VENDOR_CAUSES } from './causes/vendor-causes.ts'
import type { IssuerCauseRow } from './source-cause.ts'
import type { StepIssuer } from './token-step.ts'

/** Every answer of an issuer that is no credential, in the order in which the rows are tried. */
export const ISSUER_CAUSES: readonly IssuerCauseRow[] = [
  ...ISSUER_NETWORK_CAUSES,
  ...ISSUER_LIMIT_CAUSES,
  ...ENTRA_CAUSES,
  ...VENDOR_CAUSES,
  ...AWS_CAUSES,
  ...GCP_CAUSES,
  ...GITHUB_APP_CAUSES,
  ...OAUTH_CAUSES,
  ...ISSUER_GENERAL_CAUSES,
]

export interface IssuerRow {
  /** As users know it. */
  readonly label: string
  /** Inputs that describe the source. */
  readonly inputs: string
}

export const ISSUERS = {
  'github-oidc': { label: 'GitHub’s OIDC service', inputs: 'the permissions of the job' },
  oauth: {
    label: 'the OAuth issuer',
    inputs: 'oauth-token-url, oauth-client-id, oauth-client-secret, oauth-refresh-token and oauth-scope',
  },
  azure: { label: 'Microsoft Entra ID', inputs: 'azure-tenant-id, azure-client-id, azure-scope and azure-cloud' },
  aws: { label: 'AWS STS', inputs: 'aws-role-arn and aws-region' },
  gcp: { label: 'Google’s STS', inputs: 'gcp-workload-identity-provider' },
  'gcp-iam': { label: 'Google’s IAM', inputs: 'gcp-service-account' },
  anthropic: {
    label: 'Anthropic’s token endpoint',
    inputs:
      'anthropic-federation-rule-id, anthropic-organization-id, anthropic-service-account-id and anthropic-workspace-id',
  },
  openai: {
    label: 'OpenAI’s token endpoint',
    inputs: 'openai-identity-provider-id and openai-service-account-id',
  },
  'github-app': {
    label: 'GitHub',
    inputs: 'github-app-id, github-app-private-key and github-app-installation-id',
  },
} as const satisfies { readonly [Issuer in StepIssuer]: IssuerRow }
