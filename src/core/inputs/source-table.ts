import type { IssuerSource } from '../credentials/source.ts'
import type { ProviderId } from '../providers/provider.ts'
import type { InputName } from './input-table.ts'

/** Sources whose inputs are not bound to one provider by their names. */
export type SharedKind = IssuerSource['kind']

export interface SharedSourceRow {
  /** As users know it, fits behind "from". */
  readonly label: string
  readonly inputs: readonly InputName[]
  /** Without these nothing can be asked for. For `oauth` a secret is needed beside them. */
  readonly needed: readonly InputName[]
  /** The provider that gets it when no `<p>-credential` names the source; absent where that has to be said. */
  readonly owner?: ProviderId
  /** The exchange starts from an identity token of GitHub. */
  readonly usesOidc: boolean
}

export const SHARED_SOURCES: Readonly<Record<SharedKind, SharedSourceRow>> = {
  oauth: {
    label: 'an OAuth token endpoint',
    inputs: ['oauth-token-url', 'oauth-client-id', 'oauth-client-secret', 'oauth-refresh-token', 'oauth-scope'],
    needed: ['oauth-token-url', 'oauth-client-id'],
    usesOidc: false,
  },
  azure: {
    label: 'Microsoft Entra',
    inputs: ['azure-tenant-id', 'azure-client-id', 'azure-scope', 'azure-cloud'],
    needed: ['azure-tenant-id', 'azure-client-id'],
    owner: 'byok',
    usesOidc: true,
  },
  aws: {
    label: 'AWS STS',
    inputs: ['aws-role-arn', 'aws-region'],
    needed: ['aws-role-arn', 'aws-region'],
    owner: 'byok',
    usesOidc: true,
  },
  gcp: {
    label: 'Google Cloud',
    inputs: ['gcp-workload-identity-provider', 'gcp-service-account'],
    needed: ['gcp-workload-identity-provider'],
    owner: 'vertex',
    usesOidc: true,
  },
  anthropic: {
    label: 'Anthropic’s federation',
    inputs: [
      'anthropic-federation-rule-id',
      'anthropic-organization-id',
      'anthropic-service-account-id',
      'anthropic-workspace-id',
    ],
    needed: ['anthropic-federation-rule-id', 'anthropic-organization-id'],
    owner: 'anthropic',
    usesOidc: true,
  },
  openai: {
    label: 'OpenAI’s federation',
    inputs: ['openai-identity-provider-id', 'openai-service-account-id'],
    needed: ['openai-identity-provider-id', 'openai-service-account-id'],
    owner: 'openai',
    usesOidc: true,
  },
  'github-app': {
    label: 'a GitHub App',
    inputs: ['github-app-id', 'github-app-private-key', 'github-app-installation-id'],
    needed: ['github-app-id', 'github-app-private-key', 'github-app-installation-id'],
    owner: 'copilot',
    usesOidc: false,
  },
}

export const SHARED_KINDS = Object.keys(SHARED_SOURCES) as readonly SharedKind[]

/** The inputs that give one provider its credential. */
export const CREDENTIAL_OF = {
  copilot: {
    choice: 'copilot-credential',
    command: 'copilot-github-token-command',
    file: 'copilot-github-token-file',
  },
  openai: {
    choice: 'openai-credential',
    command: 'openai-api-key-command',
    file: 'openai-api-key-file',
  },
  anthropic: {
    choice: 'anthropic-credential',
    command: 'anthropic-api-key-command',
    file: 'anthropic-api-key-file',
  },
  gemini: {
    choice: 'gemini-credential',
    command: 'gemini-api-key-command',
    file: 'gemini-api-key-file',
  },
  vertex: {
    choice: 'vertex-credential',
    command: 'google-api-key-command',
    file: 'google-api-key-file',
  },
  byok: {
    choice: 'provider-credential',
    command: 'provider-api-key-command',
    file: 'provider-api-key-file',
  },
} as const satisfies { readonly [Id in ProviderId]: { readonly [part: string]: InputName } }
