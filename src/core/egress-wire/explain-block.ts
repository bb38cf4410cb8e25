import type { BlockReason, RuleScheme } from '../policy/policy.ts'

/** What a refused client reads: why, and what would allow it. Names in it were parsed, so they hold no markup and no control. */
export interface BlockedDestination {
  readonly host: string | null
  readonly port: number | null
  readonly scheme: RuleScheme
  readonly reason: BlockReason
}

const SENTENCES: Readonly<Record<BlockReason, string>> = {
  'not-allowed': 'no rule of the egress firewall allows it',
  denied: 'a rule of the egress firewall denies it',
  'port-not-allowed': 'the egress firewall allows this host only with another port or scheme',
  'no-server-name': 'the TLS connection names no valid server (SNI)',
  'not-tls': 'what was sent is not the beginning of a TLS connection',
  'not-http': 'what was sent is not one unambiguous HTTP request',
  'name-mismatch': 'the request names two different hosts or ports',
  'address-literal': 'it is an address instead of a name, and allowed-ips does not list it',
  'internal-address': 'the allowed name leads to an internal address',
  'protocol-not-allowed': 'only TCP may leave',
  unresolvable: 'the name servers do not know the name',
}

/** Reasons that a line in allowed-domains would remove. */
const CURABLE: ReadonlySet<BlockReason> = new Set(['not-allowed', 'port-not-allowed'])

/** Plain text of a few lines, ended by LF. */
export function explainBlock({ host, port, scheme, reason }: BlockedDestination): string {
  const where = host === null ? 'The connection' : `${host}${port === null ? '' : `:${port}`}`
  const lines = [`setup-agent-proxy: ${where} was blocked: ${SENTENCES[reason]} (${reason}).`]
  if (CURABLE.has(reason) && host !== null) {
    lines.push(`If the step needs it, add this line to the input allowed-domains: ${renderRule(host, port, scheme)}`)
  }
  return `${lines.join('\n')}\n`
}

const DEFAULT_PORTS: Readonly<Record<RuleScheme, number | undefined>> = { https: 443, http: 80, tcp: undefined }

function renderRule(host: string, port: number | null, scheme: RuleScheme): string {
  const suffix = port === null || port === DEFAULT_PORTS[scheme] ? '' : `:${port}`
  return `${scheme === 'https' ? '' : `${scheme}://`}${host}${suffix}`
}
