import { deriveSecretKind } from '../credentials/secret-kind.ts'
import type { ApiDialect } from '../providers/provider.ts'
import { Secret } from '../secret.ts'
import type { Upstream } from '../upstream.ts'
import { deriveAuthHeader } from './auth-header.ts'
import { decideCredential, type GivenCredential } from './decide-credential.ts'
import { findHeaderNameProblem } from './header-rules.ts'
import { createConflictFault, createInputFault } from './input-fault.ts'
import type { InputName } from './input-table.ts'
import { parseBaseUrl } from './parse-base-url.ts'
import { deriveBedrockUpstream, findBedrockConflict } from './parse-bedrock.ts'
import { ABSENT, type ParsedProvider, type ProviderContext, UNUSABLE } from './parse-key.ts'
import { parseProviderHeaders } from './parse-provider-headers.ts'
import { parseEnum } from './parse-values.ts'
import { CREDENTIAL_OF } from './source-table.ts'

const BASE_URL = 'provider-base-url'
const AUTH_HEADER = 'provider-auth-header'
const EXAMPLE = 'https://gateway.example.com/v1'

/**
 * Reads the provider or gateway of the user's own. It exists by its base URL, which follows from aws-region for Amazon Bedrock;
 * a credential is usual but not required.
 */
export function parseByok(context: ProviderContext): ParsedProvider {
  const known = context.faults.length
  const dialect = parseDialect(context)
  const written = parseBaseUrl(context, BASE_URL, { example: EXAMPLE, allowPlainHttp: true })
  const secretKind = typeof written === 'string' ? 'gateway' : deriveSecretKind(written.hostname)
  const decided = decideCredential(context, { provider: 'byok', input: 'provider-api-key', secretKind })
  const authHeader = parseAuthHeader(context)
  const headers = parseProviderHeaders(context)
  if (context.faults.length > known || decided === 'unusable') return UNUSABLE
  const credential = decided === 'absent' ? undefined : decided
  const upstream = written === 'absent' && dialect === 'bedrock' ? deriveBedrockUpstream(context) : written
  if (upstream === 'faulty') return UNUSABLE
  if (upstream === 'absent') return decideWithoutUrl(context)
  if (!checkTogether(context, { dialect, upstream, credential, authHeader, headers })) return UNUSABLE
  // Copilot CLI with a provider of one's own needs a model and has no default; its form is checked with Copilot's inputs.
  const model = context.given.get('copilot-model')
  for (const [name, value] of headers) context.secrets.set(`header.${name}`, new Secret(value))
  const source = credential?.source ?? { kind: 'none' }
  const carrier = authHeader ?? deriveAuthHeader(dialect, source)
  return {
    kind: 'configured',
    config: {
      id: 'byok',
      dialect,
      upstream,
      upstreamIsExplicit: true,
      routing: 'inject',
      credential: source,
      ...(carrier === undefined ? {} : { authHeader: carrier }),
      extraHeaderNames: [...headers.keys()],
      ...(model === undefined ? {} : { model }),
      allowMcp: false,
    },
  }
}

// Keys of AWS can sign requests to Amazon Bedrock and nothing else here.
function parseDialect(context: ProviderContext): ApiDialect {
  const type = parseEnum(context, 'provider-type')
  const signs = context.sources.of.byok.shared.some((draft) => draft.kind === 'aws')
  return signs && !context.given.has('provider-type') ? 'bedrock' : type
}

function parseAuthHeader(context: ProviderContext): string | undefined {
  const text = context.given.get(AUTH_HEADER)
  if (text === undefined) return undefined
  const problem = findHeaderNameProblem(text, 'credential')
  if (problem === undefined) return text.toLowerCase()
  const fix = 'Give the name alone, for example api-key, or leave the input out.'
  context.faults.push(
    createInputFault(AUTH_HEADER, { found: problem, needed: 'the name of a header that may carry a key', fix }),
  )
  return undefined
}

interface Parts {
  readonly dialect: ApiDialect
  readonly upstream: Upstream
  readonly credential: GivenCredential | undefined
  readonly authHeader: string | undefined
  readonly headers: ReadonlyMap<string, string>
}

/** False when parts that are each well formed do not go together; the fault is recorded. */
function checkTogether(context: ProviderContext, parts: Parts): boolean {
  const conflict = findBedrockConflict(context, parts)
  if (conflict !== undefined) {
    context.faults.push(conflict)
    return false
  }
  return checkHeadersGoWithKey(context, parts)
}

function checkHeadersGoWithKey(context: ProviderContext, { authHeader, credential, headers }: Parts): boolean {
  if (authHeader === undefined) return true
  const kind = credential?.source.kind ?? 'none'
  if (kind === 'none' || kind === 'aws') {
    const why = kind === 'aws' ? 'requests to Amazon Bedrock are signed' : 'provider-api-key is not'
    const message = `provider-auth-header is given, but ${why}, so there is nothing to carry.`
    context.faults.push(createConflictFault(AUTH_HEADER, message, 'Give the key, or leave the header out.'))
    return false
  }
  if (!headers.has(authHeader)) return true
  const message = 'provider-headers sets the very header that provider-auth-header uses for the key.'
  context.faults.push(createConflictFault('provider-headers', message, 'Leave it out of provider-headers.'))
  return false
}

function decideWithoutUrl(context: ProviderContext): ParsedProvider {
  const { choice, command, file } = CREDENTIAL_OF.byok
  const shared = context.sources.of.byok.shared.flatMap((draft) => draft.given)
  const own: readonly InputName[] = ['provider-api-key', choice, command, file, AUTH_HEADER, 'provider-headers']
  const given = [...own, 'provider-type' as const].filter((name) => context.given.has(name)).concat(shared)
  if (given.length === 0) return ABSENT
  const message = `Cannot configure your own provider: ${given.join(', ')} given, but not ${BASE_URL}.`
  context.faults.push(createConflictFault(BASE_URL, message, `Give ${BASE_URL}, for example ${EXAMPLE}.`))
  return UNUSABLE
}
