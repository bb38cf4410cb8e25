import type { FirewallLevel } from './firewall-level.ts'

type Environment = Readonly<Record<string, string | undefined>>

const NAMES = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy', 'ALL_PROXY', 'all_proxy'] as const

/**
 * Proxy variables for the later steps. In the cooperative level they are all there is, so they are always set. In the others the
 * kernel leads everybody to the relay anyway; only where the job names a proxy of its own must that be the relay's, which chains
 * to it: the job's own would be an address that no rule allows.
 */
export function deriveProxyVariables(level: FirewallLevel, proxyUrl: string, job: Environment): Record<string, string> {
  const given = NAMES.filter((name) => (job[name] ?? '') !== '')
  if (level !== 'cooperative') return Object.fromEntries(given.map((name) => [name, proxyUrl]))
  const names = [...new Set([...NAMES.filter((name) => !/^all/i.test(name)), ...given])]
  // Node reads the variables only when it is told to.
  return { ...Object.fromEntries(names.map((name) => [name, proxyUrl])), NODE_USE_ENV_PROXY: '1' }
}
