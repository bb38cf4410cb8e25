import { isLoopback, parseHostname } from '../../hostname.ts'
import { parseJson, readPath } from '../../probes/json.ts'
import { PROBE_USER_AGENT } from '../../probes/probe.ts'
import { Secret } from '../../secret.ts'
import type { Upstream } from '../../upstream.ts'
import type { TokenRequest } from '../token-step.ts'

/** Longest assertion that Anthropic's token endpoint takes; GitHub's are about 2 KiB. */
const LONGEST_ASSERTION = 16 * 1024

/**
 * Asks GitHub for an identity token (an assertion) for one audience. Assertions live about five minutes and some issuers take
 * each only once, so every exchange asks anew.
 * @param oidcUrl as the runner gives it, with or without a query; an audience already in it is replaced, the rest stays.
 * @returns undefined when the URL is none, or not https (plain HTTP only to loopback).
 */
export function deriveOidcRequest(oidcUrl: Secret, oidcToken: Secret, audience: string): TokenRequest | undefined {
  const text = oidcUrl.reveal()
  const url = URL.canParse(text) ? new URL(text) : undefined
  const upstream = url === undefined ? undefined : deriveUpstream(url)
  if (url === undefined || upstream === undefined) return undefined
  const kept = url.search
    .slice(1)
    .split('&')
    .filter((part) => part !== '' && !isAudience(part))
  const query = [...kept, `audience=${encodeURIComponent(audience)}`].join('&')
  return {
    method: 'GET',
    upstream,
    path: new Secret(`${url.pathname}?${query}`),
    headers: [
      ['accept', 'application/json'],
      ['user-agent', PROBE_USER_AGENT],
      ['authorization', { scheme: 'bearer', secret: oidcToken }],
    ],
    body: { kind: 'none' },
  }
}

/** Reads `{"value": "<jwt>"}`; undefined for anything that is no JWT or longer than any issuer takes. */
export function parseAssertion(body: string): Secret | undefined {
  const value = readPath(parseJson(body), 'value')
  if (typeof value !== 'string' || value.length > LONGEST_ASSERTION) return undefined
  return /^[\w-]+\.[\w-]+\.[\w-]+$/.test(value) ? new Secret(value) : undefined
}

// Not parseUpstream: the runner's URLs have a query and empty path segments, and both must reach the service as they are.
function deriveUpstream(url: URL): Upstream | undefined {
  const hostname = parseHostname(url.hostname)
  if (hostname === undefined || url.username !== '' || url.password !== '') return undefined
  const scheme = url.protocol === 'https:' ? 'https' : 'http'
  if (scheme === 'http' && (url.protocol !== 'http:' || !isLoopback(hostname))) return undefined
  const port = url.port === '' ? (scheme === 'https' ? 443 : 80) : Number(url.port)
  return port === 0 ? undefined : { scheme, hostname, port, basePath: '' }
}

function isAudience(part: string): boolean {
  return /^audience(=|$)/i.test(part)
}
