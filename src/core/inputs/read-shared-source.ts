import { checkSecret } from '../credentials/check-secret.ts'
import { AZURE_CLOUDS } from '../credentials/issuers/azure.ts'
import type { IssuerSource } from '../credentials/source.ts'
import { Secret } from '../secret.ts'
import type { Upstream } from '../upstream.ts'
import type { ParseContext } from './given-inputs.ts'
import { createInputFault } from './input-fault.ts'
import type { InputName } from './input-table.ts'
import { parseBaseUrl } from './parse-base-url.ts'
import { readPrivateKey } from './parse-private-key.ts'
import { parseEnum, parseText } from './parse-values.ts'
import { normalizeWorkloadIdentityProvider, SOURCE_RULES } from './source-rules.ts'
import { SHARED_SOURCES, type SharedKind } from './source-table.ts'

export type SourceSecretPart = 'oauth-client-secret' | 'oauth-refresh-token' | 'github-app-private-key'

/** A shared source as far as its inputs go, before it is known which provider it serves. */
export interface SourceDraft {
  readonly kind: SharedKind
  /** At least one. */
  readonly given: readonly InputName[]
  /** Needed, but not given. */
  readonly missing: readonly InputName[]
  /** Something of it was refused; its faults are recorded. */
  readonly isFaulty: boolean
  /** A secret that is given but empty, where `on-missing: skip` passes over it. */
  readonly emptySecret?: InputName
  /** Absent while something is missing, empty or faulty. */
  readonly source?: IssuerSource
  readonly secrets: readonly (readonly [part: SourceSecretPart, secret: Secret])[]
}

interface Reader extends ParseContext {
  readonly onMissing: 'fail' | 'skip'
  readonly secrets: [part: SourceSecretPart, secret: Secret][]
  readonly empty: InputName[]
}

/** Reads all inputs of one source; undefined when none of them is given. */
export function readSharedSource(
  context: ParseContext & Pick<Reader, 'onMissing'>,
  kind: SharedKind,
): SourceDraft | undefined {
  const row = SHARED_SOURCES[kind]
  const given = row.inputs.filter((name) => context.given.has(name))
  if (given.length === 0) return undefined
  const reader: Reader = { ...context, secrets: [], empty: [] }
  const before = context.faults.length
  const source = READERS[kind](reader)
  const isFaulty = context.faults.length > before
  const [emptySecret] = reader.empty
  const missing = findMissingInputs(context, kind)
  const isComplete = !isFaulty && emptySecret === undefined && missing.length === 0
  return {
    kind,
    given,
    missing,
    isFaulty,
    ...(emptySecret === undefined ? {} : { emptySecret }),
    ...(source === undefined || !isComplete ? {} : { source }),
    secrets: reader.secrets,
  }
}

/** Inputs that a source cannot do without and that are not given, in the order of the table. */
export function findMissingInputs({ given }: Pick<ParseContext, 'given'>, kind: SharedKind): readonly InputName[] {
  const missing = SHARED_SOURCES[kind].needed.filter((name) => !given.has(name))
  const hasOauthSecret = given.has('oauth-client-secret') || given.has('oauth-refresh-token')
  return kind === 'oauth' && !hasOauthSecret ? [...missing, 'oauth-client-secret'] : missing
}

const READERS: { readonly [Kind in SharedKind]: (reader: Reader) => IssuerSource | undefined } = {
  oauth: readOauth,
  azure: readAzure,
  aws: (reader) => {
    const roleArn = read(reader, 'aws-role-arn')
    const region = read(reader, 'aws-region')
    return roleArn === undefined || region === undefined ? undefined : { kind: 'aws', roleArn, region }
  },
  gcp: (reader) => {
    const provider = read(reader, 'gcp-workload-identity-provider')
    const serviceAccount = read(reader, 'gcp-service-account')
    if (provider === undefined) return undefined
    const workloadIdentityProvider = normalizeWorkloadIdentityProvider(provider)
    return { kind: 'gcp', workloadIdentityProvider, ...(serviceAccount === undefined ? {} : { serviceAccount }) }
  },
  anthropic: readAnthropic,
  openai: (reader) => {
    const identityProviderId = read(reader, 'openai-identity-provider-id')
    const serviceAccountId = read(reader, 'openai-service-account-id')
    if (identityProviderId === undefined || serviceAccountId === undefined) return undefined
    return { kind: 'openai', identityProviderId, serviceAccountId }
  },
  'github-app': (reader) => {
    const appId = read(reader, 'github-app-id')
    const installationId = read(reader, 'github-app-installation-id')
    readKey(reader)
    return appId === undefined || installationId === undefined
      ? undefined
      : { kind: 'github-app', appId, installationId }
  },
}

function read(reader: Reader, name: keyof typeof SOURCE_RULES): string | undefined {
  return parseText(reader, name, SOURCE_RULES[name])
}

function readOauth(reader: Reader): IssuerSource | undefined {
  const tokenUrl = readTokenUrl(reader)
  const clientId = read(reader, 'oauth-client-id')
  const scope = read(reader, 'oauth-scope')
  readSecret(reader, 'oauth-client-secret')
  readSecret(reader, 'oauth-refresh-token')
  if (tokenUrl === undefined || clientId === undefined) return undefined
  const grant = reader.given.has('oauth-refresh-token') ? 'refresh_token' : 'client_credentials'
  return { kind: 'oauth', tokenUrl, clientId, grant, ...(scope === undefined ? {} : { scope }) }
}

// Unlike a base URL this one is a whole address: a slash at its end is part of it.
function readTokenUrl(reader: Reader): Upstream | undefined {
  const url = parseBaseUrl(reader, 'oauth-token-url', { example: 'https://login.example.com/oauth2/token' })
  if (typeof url === 'string') return undefined
  return reader.given.get('oauth-token-url')?.endsWith('/') === true ? { ...url, basePath: `${url.basePath}/` } : url
}

function readAzure(reader: Reader): IssuerSource | undefined {
  const tenantId = read(reader, 'azure-tenant-id')
  const clientId = read(reader, 'azure-client-id')
  const cloud = parseEnum(reader, 'azure-cloud')
  const scope = read(reader, 'azure-scope') ?? AZURE_CLOUDS[cloud].defaultScope
  return tenantId === undefined || clientId === undefined
    ? undefined
    : { kind: 'azure', tenantId, clientId, scope, cloud }
}

function readAnthropic(reader: Reader): IssuerSource | undefined {
  const federationRuleId = read(reader, 'anthropic-federation-rule-id')
  const organizationId = read(reader, 'anthropic-organization-id')
  const serviceAccountId = read(reader, 'anthropic-service-account-id')
  const workspaceId = read(reader, 'anthropic-workspace-id')
  if (federationRuleId === undefined || organizationId === undefined) return undefined
  return {
    kind: 'anthropic',
    federationRuleId,
    organizationId,
    ...(serviceAccountId === undefined ? {} : { serviceAccountId }),
    ...(workspaceId === undefined ? {} : { workspaceId }),
  }
}

function readSecret(reader: Reader, name: 'oauth-client-secret' | 'oauth-refresh-token'): void {
  const text = reader.given.get(name)
  if (text === undefined) return
  const fault = checkSecret(name, 'gateway', text)
  if (fault === undefined) reader.secrets.push([name, new Secret(text)])
  else if (fault.code === 'secret-missing' && reader.onMissing === 'skip') reader.empty.push(name)
  else reader.faults.push(fault)
}

const KEY = 'github-app-private-key'

function readKey(reader: Reader): void {
  const text = reader.given.get(KEY)
  if (text === undefined) return
  if (text === '') {
    const fault = checkSecret(KEY, 'gateway', text)
    if (reader.onMissing === 'skip') reader.empty.push(KEY)
    else if (fault !== undefined) reader.faults.push(fault)
    return
  }
  const reading = readPrivateKey(text, reader.notices)
  if (reading.kind === 'key') {
    reader.secrets.push([KEY, new Secret(reading.pem)])
    return
  }
  const fix = 'Store the whole .pem file that GitHub handed out as the secret, with its line breaks.'
  const needed = 'the PEM text of an RSA private key'
  reader.faults.push({
    ...createInputFault(KEY, { found: reading.found, needed, fix, code: 'secret-malformed' }),
    title: `${KEY} is damaged`,
  })
}
