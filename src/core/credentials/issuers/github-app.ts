import { PROBE_USER_AGENT } from '../../probes/probe.ts'
import { Secret } from '../../secret.ts'
import { deriveLicenceApi } from '../../topology/licence-api.ts'
import type { GithubAppSource } from '../source.ts'
import type { SourceInputs, TokenRequest } from '../token-step.ts'

/** GitHub wants at most ten minutes between now and `exp`; a minute on both sides forgives clocks that differ. */
const BACKDATE_S = 60
const LIFE_S = 540

/**
 * What the App signs to show who it is: header and claims of an RS256 JWT, without the signature.
 * @param now wall-clock milliseconds.
 */
export function deriveAppClaims(source: GithubAppSource, now: number): string {
  const seconds = Math.floor(now / 1000)
  const header = { alg: 'RS256', typ: 'JWT' }
  const claims = { iat: seconds - BACKDATE_S, exp: seconds + LIFE_S, iss: source.appId }
  return `${encodeJson(header)}.${encodeJson(claims)}`
}

/**
 * An installation token with Copilot's permission alone, from the GitHub that holds the licence. It lives an hour.
 * @param signature base64url.
 */
export function deriveAppRequest(
  source: GithubAppSource,
  topology: SourceInputs['topology'],
  signed: { readonly claims: string; readonly signature: string },
): TokenRequest {
  return {
    method: 'POST',
    upstream: deriveLicenceApi(topology).rest,
    path: `/app/installations/${encodeURIComponent(source.installationId)}/access_tokens`,
    headers: [
      ['accept', 'application/vnd.github+json'],
      ['content-type', 'application/json'],
      ['user-agent', PROBE_USER_AGENT],
      ['x-github-api-version', '2022-11-28'],
      ['authorization', { scheme: 'Bearer', secret: new Secret(`${signed.claims}.${signed.signature}`) }],
    ],
    body: { kind: 'json', fields: [['permissions', { copilot_requests: 'write' }]] },
  }
}

function encodeJson(value: object): string {
  const bytes = new TextEncoder().encode(JSON.stringify(value))
  const base64 = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
  return base64.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}
