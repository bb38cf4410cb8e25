import { type Hostname, parseHostname } from '../../hostname.ts'
import { PROBE_USER_AGENT } from '../../probes/probe.ts'
import type { Secret } from '../../secret.ts'
import { httpsUpstream } from '../../upstream.ts'
import type { AwsSource } from '../source.ts'
import type { TokenRequest } from '../token-step.ts'

/** Shown in CloudTrail as the session of the role. */
const SESSION_NAME = 'setup-agent-proxy'

/** The longest life that every role allows without being changed. */
const SESSION_SECONDS = '3600'

/** What the assertion must be made out to; the China partition has a name of its own. */
export function deriveAwsAudience(source: AwsSource): string {
  return isChina(source.region) ? 'sts.amazonaws.com.cn' : 'sts.amazonaws.com'
}

/** The region's own endpoint; undefined when the region is no name that can stand in a host. */
export function deriveAwsHost({ region }: AwsSource): Hostname | undefined {
  const domain = isChina(region) ? 'amazonaws.com.cn' : 'amazonaws.com'
  return /^[a-z0-9-]+$/.test(region) ? parseHostname(`sts.${region}.${domain}`) : undefined
}

/**
 * AssumeRoleWithWebIdentity at the region's own endpoint: unsigned, the assertion in the body and not in the query, where access
 * logs and inspecting proxies would keep it.
 * @returns undefined when the region is no name that can stand in a host.
 */
export function deriveAwsRequest(source: AwsSource, assertion: Secret): TokenRequest | undefined {
  const hostname = deriveAwsHost(source)
  if (hostname === undefined) return undefined
  return {
    method: 'POST',
    upstream: httpsUpstream(hostname),
    path: '/',
    headers: [
      // STS answers in XML unless asked; both are read, because proxies drop this header.
      ['accept', 'application/json'],
      ['content-type', 'application/x-www-form-urlencoded'],
      ['user-agent', PROBE_USER_AGENT],
    ],
    body: {
      kind: 'form',
      fields: [
        ['Action', 'AssumeRoleWithWebIdentity'],
        ['Version', '2011-06-15'],
        ['RoleArn', source.roleArn],
        ['RoleSessionName', SESSION_NAME],
        ['DurationSeconds', SESSION_SECONDS],
        ['WebIdentityToken', assertion],
      ],
    },
  }
}

function isChina(region: string): boolean {
  return region.startsWith('cn-')
}
