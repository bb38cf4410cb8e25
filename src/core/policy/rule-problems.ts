import { describeText } from '../describe-text.ts'

/** Why a line of an allow-list or of a list of addresses cannot be used. `reason` fits behind "found …,". */
export interface RuleProblemRow {
  readonly reason: string
  readonly fix: string
}

const EXAMPLES =
  'Write a host such as example.com, a wildcard such as *.example.com, or the name of a bundle such as node.'
const NAME_HOSTS = 'Name the hosts that are needed, one by one.'
const NO_PATH =
  'Remove it; what is allowed is a host. Limits on paths need a server, such as the sidecar is for models.'
const AS_ADDRESS = 'Put it into allowed-ips.'
const AS_NETWORK = 'Write an address such as 192.0.2.5:443, [2001:db8::5]:443, or a network such as 10.20.0.0/16.'

/** One code for each refusal: tests go over every row, and each has its line in docs/firewall-bundles.md's grammar. */
export const RULE_PROBLEMS = {
  'odd-character': { reason: 'which holds a character that stands in no rule', fix: EXAMPLES },
  'white-space': { reason: 'which holds white space', fix: 'Write one rule per line, or separate rules by commas.' },
  'too-long': { reason: 'which is longer than any rule', fix: EXAMPLES },
  secret: {
    reason: 'which is shaped like a secret',
    fix: 'Remove it from this input and revoke it if it was printed; secrets belong into the inputs of the keys.',
  },
  expression: {
    reason: 'which is an expression that was not evaluated',
    fix: 'Expressions are evaluated in `with:` of a workflow step only.',
  },
  'everything-open': {
    reason: 'which would allow every host',
    fix: 'Name hosts, or set egress-policy: audit to see which ones are needed.',
  },
  'deny-everything': {
    reason: 'which would deny every host; what no rule allows is refused anyway',
    fix: 'Remove the line.',
  },
  'star-inside': { reason: 'which has a * somewhere else than as the whole first label', fix: EXAMPLES },
  'registry-suffix': {
    reason: 'which is a public suffix: everybody can register a name there',
    fix: NAME_HOSTS,
  },
  'shared-suffix': {
    reason: 'which is a public suffix of a service: each of its customers has a name there, an attacker too',
    fix: NAME_HOSTS,
  },
  'customer-zone': { reason: 'which is a zone where strangers get names', fix: NAME_HOSTS },
  'suffix-below': { reason: 'which has a zone below it where strangers get names', fix: NAME_HOSTS },
  'user-info': { reason: 'which has user information before an @', fix: 'Remove everything up to the @.' },
  path: { reason: 'which has a path', fix: NO_PATH },
  query: { reason: 'which has a query', fix: NO_PATH },
  fragment: {
    reason: 'which has a # inside',
    fix: 'Remove it, or put a space before the # if a comment was meant.',
  },
  scheme: {
    reason: 'which has a scheme that is not known here',
    fix: 'Write nothing or https:// for TLS, http:// for plain HTTP, tcp:// with a port for anything else.',
  },
  'port-star': { reason: 'which would allow every port', fix: 'Name the port, for example tcp://git.example.com:22.' },
  port: { reason: 'whose port is no number from 1 to 65535', fix: 'Write one port in digits, or none for 443.' },
  'port-missing': { reason: 'which needs a port', fix: 'Add it, for example tcp://git.example.com:22.' },
  'port-of-wildcard': {
    reason: 'which is a wildcard with another port than 80 or 443',
    fix: 'Name the hosts one by one, each with its port.',
  },
  'wildcard-tcp': {
    reason: 'which is a wildcard without a check of the name inside the connection',
    fix: 'Name the hosts one by one, for example tcp://git.example.com:22.',
  },
  'port-scheme': {
    reason: 'whose scheme and port contradict each other: 443 carries TLS, 80 plain HTTP',
    fix: 'Drop the scheme or the port; tcp:// takes any port and looks at nothing inside.',
  },
  'deny-extra': {
    reason: 'which is a deny rule with a scheme or a port; a deny rule is about a name, on every port',
    fix: 'Write !example.com or !*.example.com.',
  },
  address: { reason: 'which is an address, not a name', fix: AS_ADDRESS },
  'numeric-name': {
    reason: 'whose last label is a number, so that some programs read it as an address and some as a name',
    fix: 'Write the name, or the address in full in allowed-ips.',
  },
  loopback: {
    reason: 'which is this machine; loopback is always free',
    fix: 'Remove the line.',
  },
  'unknown-bundle': { reason: 'which is neither a host nor a bundle', fix: 'A host needs a dot.' },
  'bundle-extra': {
    reason: 'which is a name without a dot and not a bundle alone',
    fix: 'A host needs a dot; a bundle stands alone on its line.',
  },
  name: { reason: 'which is no host name', fix: EXAMPLES },
  'not-an-address': { reason: 'which is no address and no network', fix: AS_NETWORK },
  'named-address': { reason: 'which is a name, not an address', fix: 'Put it into allowed-domains.' },
  zone: { reason: 'which has a zone id', fix: 'Link-local addresses cannot be allowed; write a global address.' },
  mapped: {
    reason: 'which is an IPv4 address in IPv6 form',
    fix: 'Write the IPv4 address as four numbers.',
  },
  'host-bits': { reason: 'which has bits set behind its prefix', fix: AS_NETWORK },
  'too-wide': {
    reason:
      'which is wider than what one party has: /24 for public IPv4 networks, /48 for IPv6, /8 for private IPv4 ones',
    fix: 'Write the networks that are needed, or the addresses.',
  },
  closed: { reason: 'which is never a destination', fix: 'Remove the line.' },
} as const satisfies { readonly [code: string]: RuleProblemRow }

export type RuleProblemCode = keyof typeof RULE_PROBLEMS

export interface RuleProblem {
  readonly kind: 'problem'
  readonly code: RuleProblemCode
  /** Adds to the reason, in words of ours: never text of the user's. */
  readonly detail?: string
  /** Replaces the fix of the row. */
  readonly fix?: string
}

/** Makes the problem of a rule. */
export function createProblem(code: RuleProblemCode, extra: Omit<RuleProblem, 'kind' | 'code'> = {}): RuleProblem {
  return { kind: 'problem', code, ...extra }
}

// Names are lower case or written by hand; a run of mixed letters and digits is more likely a secret that lost its way.
const PLAIN = /^[a-z0-9!*.:/[\]_%-]*$/
const SPOKEN = /^[A-Za-z!*.:/[\]_-]*$/

/** The rule as a fault may show it: a plain one in quotes, anything else by its shape. */
export function describeRule(text: string): string {
  const shown = describeText(text)
  const isPlain = PLAIN.test(text) || SPOKEN.test(text)
  return isPlain || !shown.startsWith("'") ? shown : `a text of ${text.length} characters`
}
