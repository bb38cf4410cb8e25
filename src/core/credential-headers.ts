import { lowerName } from './header-name.ts'

/**
 * Where a client may put a credential. All of these are removed before the one real credential is set, on HTTP requests and on
 * upgrades: some SDKs send a key in another header than the upstream expects (measured: @anthropic-ai/sdk 1.12 uses Bearer), and
 * a placeholder left in a second header would reach the upstream beside the real key.
 */
export const CREDENTIAL_HEADERS: ReadonlySet<string> = new Set([
  'authorization',
  'x-api-key',
  'api-key',
  'x-goog-api-key',
  'ocp-apim-subscription-key',
  'proxy-authorization',
  'cookie',
])

const CREDENTIAL_PARAMETERS: ReadonlySet<string> = new Set([
  'key',
  'api_key',
  'api-key',
  'apikey',
  'access_token',
  'subscription-key',
])

/** What a client presented as its credential: nothing, or the bare values it sent (schemes removed). */
export function readPresentedCredentials(rawHeaders: readonly string[], target: string): readonly string[] {
  const values: string[] = []
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = lowerName(rawHeaders[index] ?? '')
    if (!CREDENTIAL_HEADERS.has(name) || name === 'cookie' || name === 'proxy-authorization') continue
    const value = stripScheme(rawHeaders[index + 1] ?? '')
    if (value !== '') values.push(value)
  }
  return target.includes('?') ? values.concat(readCredentialParameters(target)) : values
}

/** Removes credential parameters from a request target; every other byte of the query stays as it was. */
export function stripCredentialParameters(target: string): string {
  const mark = target.indexOf('?')
  if (mark < 0) return target
  const kept = target
    .slice(mark + 1)
    .split('&')
    .filter((part) => !isCredentialParameter(part))
    .join('&')
  return kept === '' ? target.slice(0, mark) : `${target.slice(0, mark)}?${kept}`
}

function readCredentialParameters(target: string): string[] {
  const query = target.slice(target.indexOf('?') + 1)
  return query
    .split('&')
    .filter(isCredentialParameter)
    .map((part) => decode(part.slice(part.indexOf('=') + 1)))
    .filter((value) => value !== '')
}

function isCredentialParameter(part: string): boolean {
  const name = part.split('=', 1)[0] ?? ''
  return CREDENTIAL_PARAMETERS.has(decode(name).toLowerCase())
}

function stripScheme(value: string): string {
  return value.replace(/^(bearer|token)(\s+|$)/i, '').trim()
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
