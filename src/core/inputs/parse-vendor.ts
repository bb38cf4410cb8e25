import { deriveSecretKind } from '../credentials/secret-kind.ts'
import type { Fault } from '../fault.ts'
import { PROVIDERS } from '../providers/table.ts'
import { renderUpstream, type Upstream } from '../upstream.ts'
import { deriveAuthHeader } from './auth-header.ts'
import { decideCredential } from './decide-credential.ts'
import { createConflictFault } from './input-fault.ts'
import type { InputName } from './input-table.ts'
import { parseBaseUrl } from './parse-base-url.ts'
import { ABSENT, type ParsedProvider, type ProviderContext, UNUSABLE } from './parse-key.ts'

/** Providers with a host of their own, a key and an optional base URL. */
export type VendorId = 'openai' | 'anthropic' | 'gemini' | 'vertex'

/** Reads one of them. A base URL without a key is a fault: a forgotten key must not look like a provider that is not wanted. */
export function parseVendor(context: ProviderContext, id: VendorId): ParsedProvider {
  const row = PROVIDERS[id]
  const url = parseBaseUrl(context, row.baseUrlInput, { example: renderUpstream(row.defaultUpstream) })
  const upstream = typeof url === 'string' ? row.defaultUpstream : completeOpenai(url)
  const secretKind = url === 'faulty' ? 'gateway' : deriveSecretKind(upstream.hostname)
  const credential = decideCredential(context, { provider: id, input: row.keyInput, secretKind })
  if (credential === 'absent' && url === 'absent') return ABSENT
  if (url === 'faulty' || credential === 'unusable') return UNUSABLE
  if (credential === 'absent') {
    const message = `${row.baseUrlInput} is given, but ${row.keyInput} is not, so ${row.label} is not configured.`
    const fix = `Give ${row.keyInput}, or use provider-base-url for an upstream that wants no key.`
    context.faults.push(createConflictFault(row.baseUrlInput, message, fix))
    return UNUSABLE
  }
  if (credential.source.kind === 'azure' && url === 'absent') {
    context.faults.push(renderNoAzureHost(row.baseUrlInput, credential.input))
    return UNUSABLE
  }
  const authHeader = deriveAuthHeader(row.dialect, credential.source)
  return {
    kind: 'configured',
    config: {
      id,
      dialect: row.dialect,
      upstream,
      upstreamIsExplicit: url !== 'absent',
      routing: 'inject',
      credential: credential.source,
      ...(authHeader === undefined ? {} : { authHeader }),
      extraHeaderNames: [],
      allowMcp: false,
    },
  }
}

// Everyone who writes https://api.openai.com means its only API, which lives under /v1; elsewhere a missing path stays missing.
function completeOpenai(url: Upstream): Upstream {
  return url.hostname === 'api.openai.com' && url.basePath === '' ? { ...url, basePath: '/v1' } : url
}

// The vendor's own host would get a token of Microsoft's that it can do nothing with.
function renderNoAzureHost(baseUrlInput: InputName, input: InputName): Fault {
  const message = `${input} asks Microsoft Entra for a token, which only a host on Azure takes, but ${baseUrlInput} is not given.`
  return createConflictFault(baseUrlInput, message, `Give the address of your resource on Azure in ${baseUrlInput}.`)
}
