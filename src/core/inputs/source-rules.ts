import type { TextRule } from './parse-values.ts'

const GUID = '[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}'
const DOMAIN =
  '(?=[^.]{1,63}\\.)[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)+'

/** Shapes of the values that sources of credentials take, as their issuers write them. */
export const SOURCE_RULES = {
  'oauth-client-id': {
    pattern: /^[A-Za-z0-9][A-Za-z0-9._~:@/+=-]{0,127}$/,
    needed: 'the client id as the OAuth server shows it, on one line without spaces',
  },
  // RFC 6749 §3.3: every printable ASCII character but quotation mark and backslash, one space between scopes.
  'oauth-scope': {
    pattern: /^(?=.{1,1000}$)(?!.*\$\{\{)[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*$/,
    needed: 'scopes with one space between them',
  },
  'azure-tenant-id': {
    pattern: new RegExp(`^(${GUID}|(?=.{3,150}$)${DOMAIN})$`),
    needed: 'a tenant id (8-4-4-4-12 hexadecimal digits) or a domain of the tenant',
  },
  'azure-client-id': {
    pattern: new RegExp(`^${GUID}$`),
    needed: 'an application (client) id: 8-4-4-4-12 hexadecimal digits',
  },
  'azure-scope': {
    pattern: new RegExp(`^((https|api)://[A-Za-z0-9][A-Za-z0-9._~:/-]{0,200}|${GUID})/\\.default$`),
    needed: 'one resource followed by /.default, such as https://cognitiveservices.azure.com/.default',
  },
  'aws-role-arn': {
    pattern: /^arn:aws(-cn|-us-gov)?:iam::\d{12}:role\/[A-Za-z0-9+=,.@_/-]{1,512}$/,
    needed: 'the ARN of a role, such as arn:aws:iam::123456789012:role/agent',
  },
  'aws-region': {
    pattern: /^(us-gov|cn|[a-z]{2})-(north|south|east|west|central|northeast|northwest|southeast|southwest)-\d{1,2}$/,
    needed: 'the code of a region, such as us-east-1',
  },
  'gcp-workload-identity-provider': {
    pattern:
      /^((https:)?\/\/iam\.googleapis\.com\/)?projects\/\d{1,20}\/locations\/global\/workloadIdentityPools\/[a-z0-9-]{4,32}\/providers\/[a-z0-9-]{4,32}$/,
    needed:
      'projects/<number>/locations/global/workloadIdentityPools/<pool>/providers/<provider>, with the number of the project',
  },
  'gcp-service-account': {
    pattern: /^[a-z0-9][a-z0-9.-]{0,62}@([a-z0-9][a-z0-9.-]{0,80}\.)?gserviceaccount\.com$/,
    needed: 'the address of a service account, ending in gserviceaccount.com',
  },
  'anthropic-federation-rule-id': id('the id of a federation rule'),
  'anthropic-organization-id': id('the id of an organization'),
  'anthropic-service-account-id': id('the id of a service account'),
  'anthropic-workspace-id': id('the id of a workspace'),
  'openai-identity-provider-id': id('the id of a workload identity provider'),
  'openai-service-account-id': id('the id of a service account'),
  // GitHub takes the client id as issuer too, and recommends it.
  'github-app-id': {
    pattern: /^([1-9]\d{0,14}|Iv[A-Za-z0-9.]{10,40})$/,
    needed: 'the number or the client id (Iv…) of the App',
  },
  'github-app-installation-id': { pattern: /^[1-9]\d{0,14}$/, needed: 'the number of the installation' },
} as const satisfies { readonly [name: string]: TextRule }

// Issuers promise nothing about the form of these; only what could not stand in JSON or a log line is refused.
function id(what: string): TextRule {
  return { pattern: /^[A-Za-z0-9][A-Za-z0-9_:-]{2,127}$/, needed: `${what}: letters, digits, hyphens and underscores` }
}

/** Path of the provider, whichever of the three spellings Google's tools print was given. */
export function normalizeWorkloadIdentityProvider(text: string): string {
  return text.replace(/^(https:)?\/\/iam\.googleapis\.com\//, '')
}
