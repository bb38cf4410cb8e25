import { deriveSecretKind } from '../credentials/secret-kind.ts'
import type { ApiDialect } from '../providers/provider.ts'
import { Secret } from '../secret.ts'
import { findHeaderNameProblem } from './header-rules.ts'
import { createConflictFault, createInputFault } from './input-fault.ts'
import type { InputName } from './input-table.ts'
import { parseBaseUrl } from './parse-base-url.ts'
import { ABSENT, type ParsedProvider, type ProviderContext, parseKey, UNUSABLE } from './parse-key.ts'
import { parseProviderHeaders } from './parse-provider-headers.ts'
import { parseEnum } from './parse-values.ts'

const BASE_URL = 'provider-base-url'
const AUTH_HEADER = 'provider-auth-header'
const EXAMPLE = 'https://gateway.example.com/v1'

/** Reads the provider or gateway of the user's own. It exists by its base URL; a key is usual but not required. */
export function parseByok(context: ProviderContext): ParsedProvider {
  const known = context.faults.length
  const dialect = parseType(context)
  const url = parseBaseUrl(context, BASE_URL, { example: EXAMPLE, allowPlainHttp: true })
  const secretKind = typeof url === 'string' ? 'gateway' : deriveSecretKind(url.hostname)
  const key = parseKey(context, { provider: 'byok', input: 'provider-api-key', secretKind })
  const authHeader = parseAuthHeader(context)
  const headers = parseProviderHeaders(context)
  if (context.faults.length > known || key === 'unusable') return UNUSABLE
  if (typeof url === 'string') return decideWithoutUrl(context)
  if (!checkHeadersGoWithKey(context, authHeader, { hasKey: key === 'given', names: [...headers.keys()] }))
    return UNUSABLE
  // Copilot CLI with a provider of one's own needs a model and has no default; its form is checked with Copilot's inputs.
  const model = context.given.get('copilot-model')
  for (const [name, value] of headers) context.secrets.set(`header.${name}`, new Secret(value))
  return {
    kind: 'configured',
    config: {
      id: 'byok',
      dialect,
      upstream: url,
      upstreamIsExplicit: true,
      routing: 'inject',
      credential: { kind: key === 'given' ? 'static' : 'none' },
      ...(authHeader === undefined ? {} : { authHeader }),
      extraHeaderNames: [...headers.keys()],
      ...(model === undefined ? {} : { model }),
      allowMcp: false,
    },
  }
}

function parseType(context: ProviderContext): ApiDialect {
  if (context.given.get('provider-type') !== 'bedrock') return parseEnum(context, 'provider-type')
  const needed = 'openai, azure or anthropic'
  const fix =
    'Amazon Bedrock needs signed requests, which come with a later version; until then put a gateway before it.'
  context.faults.push(createInputFault('provider-type', { found: "'bedrock'", needed, fix }))
  return 'openai'
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

interface HeaderFacts {
  readonly hasKey: boolean
  readonly names: readonly string[]
}

function checkHeadersGoWithKey(context: ProviderContext, authHeader: string | undefined, facts: HeaderFacts): boolean {
  if (authHeader === undefined) return true
  if (!facts.hasKey) {
    const message = 'provider-auth-header is given, but provider-api-key is not, so there is nothing to carry.'
    context.faults.push(createConflictFault(AUTH_HEADER, message, 'Give the key, or leave the header out.'))
    return false
  }
  if (!facts.names.includes(authHeader)) return true
  const message = 'provider-headers sets the very header that provider-auth-header uses for the key.'
  context.faults.push(createConflictFault('provider-headers', message, 'Leave it out of provider-headers.'))
  return false
}

function decideWithoutUrl(context: ProviderContext): ParsedProvider {
  const others: readonly InputName[] = ['provider-api-key', AUTH_HEADER, 'provider-headers', 'provider-type']
  const given = others.filter((name) => context.given.has(name))
  if (given.length === 0) return ABSENT
  const message = `Cannot configure your own provider: ${given.join(', ')} given, but not ${BASE_URL}.`
  context.faults.push(createConflictFault(BASE_URL, message, `Give ${BASE_URL}, for example ${EXAMPLE}.`))
  return UNUSABLE
}
