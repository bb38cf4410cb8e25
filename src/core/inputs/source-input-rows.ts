import { type InputRow, NOT_CONFIGURED } from './input-row.ts'

/** What sources of credentials need, whichever provider they serve, and when a credential is renewed. */
export const SOURCE_INPUTS = {
  'command-timeout': {
    description: 'Seconds after which a credential program is ended, 5 to 120.',
    default: '30',
    group: 'Credential sources',
    kind: 'seconds',
    min: 5,
    max: 120,
  },
  'command-environment': {
    description:
      'Names of variables that credential programs get beside the usual ones (PATH, HOME, proxies, CA files), separated by commas, spaces or line breaks.',
    default: '',
    group: 'Credential sources',
    kind: 'list',
  },
  'command-shell': {
    description:
      'Shell for the credential programs. none = each is a JSON array of program and arguments; with a shell each is one string for it.',
    default: 'none',
    group: 'Credential sources',
    kind: 'enum',
    values: ['none', 'bash', 'sh', 'pwsh'],
  },
  'oauth-token-url': {
    description: 'Token endpoint of an OAuth 2 server; https, or http on this machine.',
    default: '',
    group: 'Credential sources',
    kind: 'url',
  },
  'oauth-client-id': {
    description: 'Client id at that server.',
    default: '',
    group: 'Credential sources',
    kind: 'text',
  },
  'oauth-client-secret': {
    description: 'Its client secret. `none` = there is none; empty = the secret is missing.',
    default: NOT_CONFIGURED,
    group: 'Credential sources',
    kind: 'secret',
  },
  'oauth-refresh-token': {
    description:
      'Refresh token to begin with; newer ones that the server hands out replace it. `none` = the client’s own credentials are used (client_credentials); empty = the secret is missing.',
    default: NOT_CONFIGURED,
    group: 'Credential sources',
    kind: 'secret',
  },
  'oauth-scope': {
    description: 'Scopes to ask for, separated by spaces.',
    default: '',
    group: 'Credential sources',
    kind: 'text',
  },
  'azure-tenant-id': {
    description: 'Microsoft Entra tenant: its id, or one of its domains.',
    default: '',
    group: 'Credential sources',
    kind: 'text',
  },
  'azure-client-id': {
    description: 'Application (client) id whose federated credential trusts this workflow.',
    default: '',
    group: 'Credential sources',
    kind: 'text',
  },
  'azure-scope': {
    description: 'Scope to ask for, ending in /.default. Without it the one of Azure AI in azure-cloud.',
    default: '',
    group: 'Credential sources',
    kind: 'text',
  },
  'azure-cloud': {
    description: 'Azure cloud of the tenant.',
    default: 'public',
    group: 'Credential sources',
    kind: 'enum',
    values: ['public', 'usgov', 'china'],
  },
  'aws-role-arn': {
    description: 'IAM role that trusts this workflow; its keys sign the requests to Amazon Bedrock.',
    default: '',
    group: 'Credential sources',
    kind: 'text',
  },
  'aws-region': {
    description: 'AWS region of the role’s STS endpoint and of Amazon Bedrock, such as us-east-1.',
    default: '',
    group: 'Credential sources',
    kind: 'text',
  },
  'gcp-workload-identity-provider': {
    description:
      'Google Cloud workload identity provider: projects/<number>/locations/global/workloadIdentityPools/<pool>/providers/<provider>.',
    default: '',
    group: 'Credential sources',
    kind: 'text',
  },
  'gcp-service-account': {
    description: 'Service account to act as. Without it the federated identity itself is used.',
    default: '',
    group: 'Credential sources',
    kind: 'text',
  },
  'anthropic-federation-rule-id': {
    description: 'Federation rule of Anthropic that trusts this workflow.',
    default: '',
    group: 'Credential sources',
    kind: 'text',
  },
  'anthropic-organization-id': {
    description: 'Id of the Anthropic organization.',
    default: '',
    group: 'Credential sources',
    kind: 'text',
  },
  'anthropic-service-account-id': {
    description: 'Anthropic service account that the rule leads to.',
    default: '',
    group: 'Credential sources',
    kind: 'text',
  },
  'anthropic-workspace-id': {
    description: 'Anthropic workspace, where the rule leaves it open.',
    default: '',
    group: 'Credential sources',
    kind: 'text',
  },
  'openai-identity-provider-id': {
    description: 'Workload identity provider of OpenAI that trusts this workflow.',
    default: '',
    group: 'Credential sources',
    kind: 'text',
  },
  'openai-service-account-id': {
    description: 'OpenAI service account that it maps to.',
    default: '',
    group: 'Credential sources',
    kind: 'text',
  },
  'github-app-id': {
    description: 'Id or client id of a GitHub App with the permission “Copilot Requests”.',
    default: '',
    group: 'Credential sources',
    kind: 'text',
  },
  'github-app-private-key': {
    description: 'Its private key as PEM text. `none` = there is none; empty = the secret is missing.',
    default: NOT_CONFIGURED,
    group: 'Credential sources',
    kind: 'pem',
  },
  'github-app-installation-id': {
    description: 'Id of the installation in the organization that pays.',
    default: '',
    group: 'Credential sources',
    kind: 'text',
  },
  'refresh-on-status': {
    description:
      'Answers of an upstream that mean “renew the credential and repeat the request once”: 401, 403, or a status with a word its body must contain, such as 400:ExpiredToken; separated by commas or line breaks.',
    default: '401',
    group: 'Renewal',
    kind: 'list',
  },
  'replay-buffer': {
    description:
      'How much of a request’s body is held so that it can be repeated after a renewal: bytes, or a number of KiB or MiB, up to 256MiB. 0 = nothing is repeated.',
    default: '32MiB',
    group: 'Renewal',
    kind: 'bytes',
    min: 0,
    max: 256 * 1024 * 1024,
  },
} as const satisfies { readonly [name: string]: InputRow }
