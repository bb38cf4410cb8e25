import type { Hostname } from '../../hostname.ts'
import type { Secret } from '../../secret.ts'
import { httpsUpstream } from '../../upstream.ts'
import type { GcpSource } from '../source.ts'
import type { TokenRequest } from '../token-step.ts'
import { JSON_HEADERS } from './oauth.ts'

const STS = 'sts.googleapis.com' as Hostname
const IAM = 'iamcredentials.googleapis.com' as Hostname
const SCOPE = 'https://www.googleapis.com/auth/cloud-platform'

/** The longest life that a service account's token has without an organization policy that allows more. */
const LIFETIME = '3600s'

/** Google's STS, and its IAM where a service account's token is asked for behind it. */
export function listGcpHosts(source: GcpSource): readonly Hostname[] {
  return source.serviceAccount === undefined ? [STS] : [STS, IAM]
}

/** Default audience that a workload identity provider accepts in an assertion; with scheme, unlike the one STS is given. */
export function deriveGcpAudience(source: GcpSource): string {
  return `https://iam.googleapis.com/${source.workloadIdentityProvider}`
}

/** Token exchange at Google's STS. The token it gives may live no longer than the assertion, about five minutes. */
export function deriveGcpRequest(source: GcpSource, assertion: Secret): TokenRequest {
  return {
    method: 'POST',
    upstream: httpsUpstream(STS),
    path: '/v1/token',
    headers: JSON_HEADERS,
    body: {
      kind: 'json',
      fields: [
        ['grantType', 'urn:ietf:params:oauth:grant-type:token-exchange'],
        ['audience', `//iam.googleapis.com/${source.workloadIdentityProvider}`],
        ['scope', SCOPE],
        ['requestedTokenType', 'urn:ietf:params:oauth:token-type:access_token'],
        ['subjectTokenType', 'urn:ietf:params:oauth:token-type:jwt'],
        ['subjectToken', assertion],
      ],
    },
  }
}

/** Second request where a service account is given: its token in exchange for the federated one. */
export function deriveImpersonationRequest(serviceAccount: string, federated: Secret): TokenRequest {
  return {
    method: 'POST',
    upstream: httpsUpstream(IAM),
    path: `/v1/projects/-/serviceAccounts/${encodeURIComponent(serviceAccount)}:generateAccessToken`,
    headers: [...JSON_HEADERS, ['authorization', { scheme: 'Bearer', secret: federated }]],
    body: {
      kind: 'json',
      fields: [
        ['scope', [SCOPE]],
        ['lifetime', LIFETIME],
      ],
    },
  }
}
