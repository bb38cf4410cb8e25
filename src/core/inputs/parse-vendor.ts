import { deriveSecretKind } from '../credentials/secret-kind.ts'
import { PROVIDERS } from '../providers/table.ts'
import { renderUpstream, type Upstream } from '../upstream.ts'
import { createConflictFault } from './input-fault.ts'
import { parseBaseUrl } from './parse-base-url.ts'
import { ABSENT, type ParsedProvider, type ProviderContext, parseKey, UNUSABLE } from './parse-key.ts'

/** Providers with a host of their own, a key and an optional base URL. */
export type VendorId = 'openai' | 'anthropic' | 'gemini' | 'vertex'

/** Reads one of them. A base URL without a key is a fault: a forgotten key must not look like a provider that is not wanted. */
export function parseVendor(context: ProviderContext, id: VendorId): ParsedProvider {
  const row = PROVIDERS[id]
  const url = parseBaseUrl(context, row.baseUrlInput, { example: renderUpstream(row.defaultUpstream) })
  const upstream = typeof url === 'string' ? row.defaultUpstream : completeOpenai(url)
  const secretKind = url === 'faulty' ? 'gateway' : deriveSecretKind(upstream.hostname)
  const key = parseKey(context, { provider: id, input: row.keyInput, secretKind })
  if (key === 'absent' && url === 'absent') return ABSENT
  if (url === 'faulty' || key === 'unusable') return UNUSABLE
  if (key === 'absent') {
    const message = `${row.baseUrlInput} is given, but ${row.keyInput} is not, so ${row.label} is not configured.`
    const fix = `Give ${row.keyInput}, or use provider-base-url for an upstream that wants no key.`
    context.faults.push(createConflictFault(row.baseUrlInput, message, fix))
    return UNUSABLE
  }
  return {
    kind: 'configured',
    config: {
      id,
      dialect: row.dialect,
      upstream,
      upstreamIsExplicit: url !== 'absent',
      routing: 'inject',
      credential: { kind: 'static' },
      extraHeaderNames: [],
      allowMcp: false,
    },
  }
}

// Everyone who writes https://api.openai.com means its only API, which lives under /v1; elsewhere a missing path stays missing.
function completeOpenai(url: Upstream): Upstream {
  return url.hostname === 'api.openai.com' && url.basePath === '' ? { ...url, basePath: '/v1' } : url
}
