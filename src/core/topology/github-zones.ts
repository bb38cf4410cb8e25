import { type Hostname, isSubdomainOf } from '../hostname.ts'

const zone = (name: string): Hostname => name as Hostname

export const DOTCOM = zone('github.com')
export const DOTCOM_REST = zone('api.github.com')
export const TENANT_ZONE = zone('ghe.com')
export const COPILOT_ZONE = zone('githubcopilot.com')

/** Names of GitHub's cloud under which no GitHub Enterprise Server lives. */
const CLOUD_ZONES: readonly Hostname[] = [
  COPILOT_ZONE,
  ...['githubusercontent.com', 'githubassets.com', 'github.io', 'github.dev', 'githubapp.com', 'ghcr.io'].map(zone),
]

/** First labels of a tenant's service hosts: `api.acme.ghe.com` is a service of acme, not a tenant of that name. */
const TENANT_SERVICES: ReadonlySet<string> = new Set([
  ...['api', 'auth', 'www', 'raw', 'containers', 'uploads', 'codeload', 'pages', 'actions'],
  ...['copilot-api', 'copilot-proxy', 'copilot-telemetry-service'],
])

export type WebHost =
  | { readonly kind: 'dotcom' }
  | { readonly kind: 'tenant'; readonly web: Hostname }
  | { readonly kind: 'server'; readonly web: Hostname }
  /** A host that cannot be the web address of any GitHub; `meant` is a URL that probably was. */
  | { readonly kind: 'unusable'; readonly problem: string; readonly meant: string }

/** Decides which GitHub a web host belongs to. A name that only resembles one of GitHub's is never taken for it. */
export function decideWebHost(hostname: Hostname): WebHost {
  if (hostname === DOTCOM || hostname === 'www.github.com') return { kind: 'dotcom' }
  if (hostname === TENANT_ZONE) return unusable('which names no tenant', 'https://<tenant>.ghe.com')
  if (isSubdomainOf(hostname, TENANT_ZONE)) return decideTenant(hostname)
  if (isSubdomainOf(hostname, DOTCOM)) return unusable('which is a service of github.com', 'https://github.com')
  const owner = CLOUD_ZONES.find((name) => hostname === name || isSubdomainOf(hostname, name))
  if (owner !== undefined) return unusable(`which is a service host under ${owner}`, 'https://github.com')
  return findLookAlike(hostname) ?? { kind: 'server', web: hostname }
}

/**
 * A name that holds github.com or ghe.com in its middle (ghe.com.evil.io) is made to be misread: refused, also because no
 * server is known to be called so. Names that merely end alike (evilghe.com) are other people's domains: servers.
 */
function findLookAlike(hostname: Hostname): WebHost | undefined {
  const match = /(^|\.)(github\.com|ghe\.com)\./.exec(hostname)
  if (match === null) return undefined
  return unusable(`which only looks like ${match[2]}: the domain that owns it stands at its end`, 'https://github.com')
}

function decideTenant(hostname: Hostname): WebHost {
  const labels = hostname.slice(0, -TENANT_ZONE.length - 1).split('.')
  const [first = '', ...rest] = labels
  if (TENANT_SERVICES.has(first)) {
    const tenant = rest.length === 0 ? '<tenant>' : rest.join('.')
    return unusable('which is a service host, not the web address of a tenant', `https://${tenant}.ghe.com`)
  }
  const isPlain = labels.every((label) => /^[a-z0-9-]+$/.test(label))
  return isPlain ? { kind: 'tenant', web: hostname } : unusable('which is no tenant name', 'https://<tenant>.ghe.com')
}

function unusable(problem: string, meant: string): WebHost {
  return { kind: 'unusable', problem, meant }
}
