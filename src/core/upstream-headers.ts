import { CREDENTIAL_HEADERS } from './credential-headers.ts'
import { lowerName } from './header-name.ts'
import type { ApiDialect } from './providers/provider.ts'

const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
])

// Host and Expect are the sidecar's business; forwarding headers would only describe loopback.
const REPLACED: ReadonlySet<string> = new Set(['host', 'expect', 'forwarded', 'via', 'x-real-ip'])
const FORWARDING_PREFIX = 'x-forwarded-'

export interface Injection {
  /** Lower-case header name and value of the credential; absent where the upstream wants none. */
  readonly credential?: readonly [name: string, value: string]
  /** Passthrough: the client's own credential stays. Everywhere else all of them are stripped. */
  readonly keepsClientCredential?: boolean
  /** Fixed headers of the configuration (`provider-headers`), lower-case names. They replace the client's. */
  readonly extra: readonly (readonly [string, string])[]
  /** Headers added only when the client did not send them. */
  readonly defaults: readonly (readonly [string, string])[]
  /** Value merged into the client's `anthropic-beta` list. */
  readonly beta?: string
}

/**
 * Request headers on their way upstream: copied, stripped, then exactly one credential is set. The order matters: headers named
 * by `Connection` go before the credential is added, or a client could have the credential itself stripped.
 * @param rawHeaders the client's headers, flat name/value list as Node gives it; never changed.
 * @returns a new flat list, without Host.
 */
export function deriveUpstreamHeaders(rawHeaders: readonly string[], injection: Injection): string[] {
  const listed = readConnectionNames(rawHeaders)
  const headers: string[] = []
  const seen = new Set<string>()
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? ''
    const lower = lowerName(name)
    if (listed?.has(lower) === true || isStripped(lower, injection)) continue
    seen.add(lower)
    headers.push(name, rawHeaders[index + 1] ?? '')
  }
  for (const [name, value] of injection.defaults) if (!seen.has(name)) headers.push(name, value)
  for (const [name, value] of injection.extra) headers.push(name, value)
  if (injection.beta !== undefined) headers.push('anthropic-beta', mergeBeta(rawHeaders, injection.beta))
  if (injection.credential !== undefined) headers.push(injection.credential[0], injection.credential[1])
  return headers
}

/** Header and value that carry a credential in the given dialect. `authHeader` is the user's `provider-auth-header`. */
export function deriveCredentialHeader(
  dialect: ApiDialect,
  secret: string,
  options: { readonly authHeader?: string | undefined; readonly scheme?: 'bearer' | 'token' } = {},
): readonly [string, string] {
  if (options.authHeader !== undefined) {
    return [options.authHeader, options.authHeader === 'authorization' ? `Bearer ${secret}` : secret]
  }
  switch (dialect) {
    // A Bedrock API key. Requests with keys of AWS are signed instead.
    case 'openai':
    case 'bedrock':
      return ['authorization', `Bearer ${secret}`]
    case 'copilot':
      return ['authorization', `${options.scheme === 'token' ? 'token' : 'Bearer'} ${secret}`]
    case 'azure':
      return isAccessToken(secret) ? ['authorization', `Bearer ${secret}`] : ['api-key', secret]
    case 'google':
      return isAccessToken(secret) ? ['authorization', `Bearer ${secret}`] : ['x-goog-api-key', secret]
    case 'anthropic':
      return isAnthropicOauth(secret) ? ['authorization', `Bearer ${secret}`] : ['x-api-key', secret]
  }
}

/**
 * True for a JWT or a Google access token. A program or a file may give either kind of credential, and only a key goes into a
 * header for keys.
 */
function isAccessToken(secret: string): boolean {
  return secret.startsWith('ya29.') || /^eyJ[\w-]+\.[\w-]+\.[\w-]*$/.test(secret)
}

/** `sk-ant-oat…` tokens are Bearer credentials and need this beta (measured with the vendor's SDK). */
export const ANTHROPIC_OAUTH_BETA = 'oauth-2025-04-20'

/** True for Anthropic's OAuth access tokens. */
export function isAnthropicOauth(secret: string): boolean {
  return secret.startsWith('sk-ant-oat')
}

/**
 * Response headers on their way to the client: hop-by-hop removed, everything else untouched.
 * @param rawHeaders flat name/value list; never changed.
 */
export function deriveClientHeaders(rawHeaders: readonly string[]): string[] {
  const listed = readConnectionNames(rawHeaders)
  const flat: string[] = []
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? ''
    const lower = lowerName(name)
    if (HOP_BY_HOP.has(lower) || listed?.has(lower) === true) continue
    flat.push(lower, rawHeaders[index + 1] ?? '')
  }
  return flat
}

function isStripped(lower: string, injection: Injection): boolean {
  if (HOP_BY_HOP.has(lower) || REPLACED.has(lower) || lower.startsWith(FORWARDING_PREFIX)) return true
  if (injection.keepsClientCredential !== true && CREDENTIAL_HEADERS.has(lower)) return true
  return isReplacedByConfiguration(lower, injection)
}

function isReplacedByConfiguration(lower: string, injection: Injection): boolean {
  if (lower === injection.credential?.[0]) return true
  if (lower === 'anthropic-beta' && injection.beta !== undefined) return true
  return injection.extra.length > 0 && injection.extra.some(([name]) => name === lower)
}

function readConnectionNames(rawHeaders: readonly string[]): Set<string> | undefined {
  let names: Set<string> | undefined
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? ''
    if (name.length !== 10 || lowerName(name) !== 'connection') continue
    names = new Set([...(names ?? []), ...parseList(rawHeaders[index + 1] ?? '')])
  }
  return names
}

// Blanks and tabs only: 0xa0 is white space to JavaScript and a character to every parser of HTTP.
function parseList(value: string): Set<string> {
  return new Set(value.split(',').map((name) => name.replace(/^[ \t]+|[ \t]+$/g, '').toLowerCase()))
}

function mergeBeta(rawHeaders: readonly string[], beta: string): string {
  const values: string[] = []
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    if (rawHeaders[index]?.toLowerCase() === 'anthropic-beta') {
      values.push(...(rawHeaders[index + 1] ?? '').split(',').map((value) => value.trim()))
    }
  }
  return [...new Set([...values.filter((value) => value !== ''), beta])].join(',')
}
