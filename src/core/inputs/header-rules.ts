import { findKnownSecret } from '../credentials/secret-kind.ts'
import { describeCharacter, describeText } from '../describe-text.ts'

/** What a header is used for: carrying the provider's key, or something beside it. */
export type HeaderUse = 'credential' | 'extra'

/** They belong to one connection or frame the message (RFC 9110 §7.6.1, RFC 9112 §6); the sidecar sets them itself. */
const CONNECTION_HEADERS: ReadonlySet<string> = new Set([
  ...['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade', 'expect'],
  ...['host', 'content-length', 'content-encoding', 'http2-settings', 'proxy-authenticate', 'proxy-authorization'],
])

/**
 * They carry the key, which has inputs of its own. Not among them: ocp-apim-subscription-key, which gateways of API Management
 * want beside a token.
 */
const CREDENTIAL_HEADERS: ReadonlySet<string> = new Set([
  ...['authorization', 'x-api-key', 'api-key', 'x-goog-api-key'],
])

const COOKIE_HEADERS: ReadonlySet<string> = new Set(['cookie', 'set-cookie'])

/** Why a text is no header name for this use, as a phrase that fits behind "found"; undefined when it is one. */
export function findHeaderNameProblem(name: string, use: HeaderUse): string | undefined {
  const known = findKnownSecret(name)
  if (known !== undefined) return `${known.name}, which is no header name`
  const lower = name.toLowerCase()
  if (!/^[!#$%&'*+.^_`|~0-9a-z-]{1,100}$/.test(lower)) return `${describeText(name)}, which is no header name`
  if (CONNECTION_HEADERS.has(lower)) return `${lower}, which the sidecar sets itself`
  if (COOKIE_HEADERS.has(lower)) return `${lower}, which is never sent`
  if (use === 'extra' && CREDENTIAL_HEADERS.has(lower))
    return `${lower}, which carries the key: use provider-api-key and provider-auth-header`
  return undefined
}

/** Why a text is no header value, without repeating it; undefined when it is one. */
export function findHeaderValueProblem(value: string): string | undefined {
  if (value === '') return 'no value'
  if (/\*\*\*/.test(value)) return 'asterisks, as a log shows them in place of a secret'
  if (/\$\{\{|\}\}/.test(value)) return 'an expression that was not evaluated'
  const characters = [...value]
  const index = characters.findIndex((character) => !/^[\x20-\x7e]$/.test(character))
  if (index >= 0) return `${describeCharacter(characters[index] ?? '')} at character ${index + 1} of the value`
  if (value.trim() !== value) return 'white space around the value'
  return characters.length > 8192 ? `a value of ${characters.length} characters` : undefined
}
