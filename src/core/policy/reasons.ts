import type { BlockReason, RuleText } from './policy.ts'

export interface BlockReasonRow {
  /** What the refused caller, the log and the summary say. */
  readonly sentence: string
  /** What somebody does who wants it to pass; stands in docs/troubleshooting.md. */
  readonly fix: string
}

/** Why something did not pass. One code everywhere: log field, header of the 403, summary, docs. */
export const BLOCK_REASONS = {
  'not-allowed': {
    sentence: 'No rule of the firewall allows this host.',
    fix: 'If the agent needs it, add it to allowed-domains; the job summary has the line, unless no rule can name the host: a name without a dot, of this machine, or of a registry.',
  },
  denied: {
    sentence: 'A deny rule of the firewall names this host; deny rules win.',
    fix: 'Remove the deny rule. The hosts of a tenant’s Copilot and OIDC services are denied unless allowed-domains names them exactly.',
  },
  'port-not-allowed': {
    sentence: 'A rule of the firewall names this host, with another port or protocol.',
    fix: 'Add a rule for this port, such as example.com:8443, http://example.com or tcp://git.example.com:22.',
  },
  'no-server-name': {
    sentence: 'The TLS connection names no server (SNI), so the firewall cannot tell where it is going.',
    fix: 'Use a client that sends the server name, or allow the address in allowed-ips.',
  },
  'not-tls': {
    sentence: 'Port 443 carries TLS only; these bytes are something else.',
    fix: 'Add a rule such as tcp://example.com:443 if the protocol is wanted.',
  },
  'not-http': {
    sentence: 'Port 80 carries HTTP/1.1 only; these bytes are something else, or can be read in two ways.',
    fix: 'Use HTTPS, or a rule such as tcp://example.com:80 if the protocol is wanted.',
  },
  'name-mismatch': {
    sentence: 'The connection names one host outside and another inside.',
    fix: 'Use a client that asks for the host it connects to: CONNECT, SNI and Host must agree.',
  },
  'address-literal': {
    sentence: 'The destination is an address, and no rule of allowed-ips lists it.',
    fix: 'Use the name of the host, or add the address to allowed-ips. Metadata services and this machine stay closed.',
  },
  'internal-address': {
    sentence: 'The allowed name leads to an address inside: private, of this machine, or of a metadata service.',
    fix: 'If a host of your own network is meant, add its address to allowed-ips beside its name in allowed-domains. Metadata services stay closed.',
  },
  'protocol-not-allowed': {
    sentence: 'Only TCP leaves this machine; UDP (QUIC too), ICMP and other protocols do not.',
    fix: 'Clients fall back to TCP by themselves; a client that cannot has no way out.',
  },
  unresolvable: {
    sentence: 'The name is allowed, but the name servers of this machine do not know it.',
    fix: 'Check the spelling, and that the name is known to the name servers that the runner had before this step.',
  },
} as const satisfies Readonly<Record<BlockReason, BlockReasonRow>>

export const BLOCK_REASON_NAMES = Object.keys(BLOCK_REASONS) as readonly BlockReason[]

/**
 * The sentence with the rule that decided, or that nearly fits: "(a rule names example.com exactly; *.example.com would cover
 * its sub-names)".
 */
export function renderBlockReason(reason: BlockReason, rule?: RuleText): string {
  const { sentence } = BLOCK_REASONS[reason]
  return rule === undefined ? sentence : `${sentence} (${renderHint(reason, rule)})`
}

function renderHint(reason: BlockReason, rule: RuleText): string {
  if (reason !== 'not-allowed') return `the rule: ${rule}`
  if (rule.startsWith('*.') || rule.includes('://*.')) {
    return `the rule ${rule} is about names below it; the name itself needs a rule of its own`
  }
  const name = rule.replace(/^[a-z]+:\/\//, '').replace(/:\d+$/, '')
  return `a rule names ${name} exactly; *.${name} would cover its sub-names`
}
