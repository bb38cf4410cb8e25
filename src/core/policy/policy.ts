import type { Hostname } from '../hostname.ts'

/**
 * Room: policy. What may leave the machine, as data: made once from inputs, topology and bundles, read by the relay, the
 * renderers and the summary. Never knows: sockets, DNS, processes. Names are compared label by label, in ASCII.
 */
export interface Policy {
  /** `block` refuses what no rule allows; `audit` lets it pass and says what `block` would have done. */
  readonly mode: 'block' | 'audit'
  readonly hosts: readonly HostRule[]
  readonly addresses: readonly AddressRule[]
  /** Wins over every rule of `hosts`. */
  readonly denied: readonly DenyRule[]
}

/**
 * `https`: TLS whose SNI is the name. `http`: plain HTTP whose Host is the name. `tcp`: anything, only the name that was looked
 * up counts.
 */
export type RuleScheme = 'https' | 'http' | 'tcp'

export interface HostRule {
  /** `host` is exactly this name; `wildcard` is every name below it, at any depth, and not the name itself. */
  readonly kind: 'host' | 'wildcard'
  readonly name: Hostname
  readonly scheme: RuleScheme
  /** 1–65535. */
  readonly port: number
  /** Set for a server of the customer's own (GHES): its name may resolve to a private address. */
  readonly mayBePrivate: boolean
  readonly origin: RuleOrigin
}

export interface AddressRule {
  /** An address or a network in CIDR form, canonical spelling, one family. */
  readonly network: string
  /** null = every TCP port. */
  readonly port: number | null
  readonly origin: RuleOrigin
}

export interface DenyRule {
  readonly kind: 'host' | 'wildcard'
  readonly name: Hostname
  readonly origin: RuleOrigin
}

/** Why a rule stands there: what `domains` prints line by line, and what the log names. */
export type RuleOrigin =
  | { readonly kind: 'user'; readonly line: number; readonly text: string }
  | { readonly kind: 'bundle'; readonly bundle: string; readonly reason: string }
  | { readonly kind: 'topology'; readonly reason: string }
  | { readonly kind: 'runner'; readonly reason: string }

/** One rule as it would stand in `allowed-domains`: `example.com`, `*.example.com`, `tcp://git.example.com:22`. */
export type RuleText = string

/** What somebody wants to reach, as far as the relay knows it. */
export interface Destination {
  readonly name: Hostname
  readonly port: number
  readonly scheme: RuleScheme
}

export type PolicyDecision =
  | { readonly verdict: 'allowed'; readonly rule: RuleText; readonly mayBePrivate: boolean }
  | { readonly verdict: 'blocked'; readonly reason: BlockReason; readonly rule?: RuleText }

/** Why something did not pass; closed, each with a sentence in the table of reasons and an entry in docs/troubleshooting.md. */
export type BlockReason =
  | 'not-allowed' // no rule names it
  | 'denied' // a deny rule names it
  | 'port-not-allowed' // a rule names the host with another port or scheme
  | 'no-server-name' // TLS without SNI
  | 'not-tls' // bytes on port 443 that are no ClientHello
  | 'not-http' // bytes on port 80 that are no HTTP request, or an ambiguous one
  | 'name-mismatch' // SNI or Host differs from the name of CONNECT or of the request line
  | 'address-literal' // an address instead of a name, and no rule of allowed-ips
  | 'internal-address' // an allowed name that resolves to an internal address
  | 'protocol-not-allowed' // udp, icmp and everything that is not TCP
  | 'unresolvable' // an allowed name that the real name servers do not know
