import type { RelayPorts } from '../core/egress-config.ts'

/**
 * Room: firewall. Turns a policy and the facts of a machine into what an engine loads: nft rules, a Squid file, an AWF file. Knows the
 * syntax of each; never knows: processes, files, sockets. Called by: the action and the entries.
 */
export interface RulePlan {
  /** The one table, family inet: whoever finds it knows that it is ours, and removing it undoes everything. */
  readonly table: string
  readonly sets: readonly PlannedSet[]
  readonly chains: readonly PlannedChain[]
  readonly routes: readonly PlannedRoute[]
}

export interface PlannedSet {
  readonly name: string
  /** Fields of one element, in nft's words, e.g. `uid . ipv4_addr`. */
  readonly type: string
}

export interface PlannedChain {
  readonly name: string
  /** Absent: only other chains lead here. */
  readonly hook?: {
    readonly type: 'nat' | 'filter'
    readonly on: 'output' | 'input' | 'forward' | 'prerouting' | 'postrouting'
    readonly priority: number
    readonly policy: 'accept' | 'drop'
  }
  readonly rules: readonly PlannedRule[]
}

export interface PlannedRule {
  /** Stands in the loaded rule as its comment; unique in its chain, so that what is missing can be named. */
  readonly name: string
  /** Empty: every packet. */
  readonly match: string
  readonly action: string
}

/** A route that must be there so that a connection gets as far as the redirect. */
export interface PlannedRoute {
  readonly family: 4 | 6
  readonly network: string
  readonly source?: string
}

export type RuleFacts = EnforcedFacts | WrappedFacts

export interface EnforcedFacts {
  readonly kind: 'enforced'
  readonly mode: 'block' | 'audit'
  readonly ports: RedirectPorts
  /** Both may go out; nobody else may. Numeric, not 0, different. */
  readonly relayUid: number
  readonly sidecarUid: number
  /** Addresses that root alone may reach over TCP: the virtual machine's own agent. */
  readonly rootAddresses: readonly string[]
  /**
   * Networks (CIDR) of container bridges of this machine that have no way out but through it. Reachable from here and from one another:
   * service containers are of use, and what they forward is refused.
   */
  readonly containerNetworks: readonly string[]
}

/** Inside a user and network namespace of the wrapper, where nothing but loopback exists. */
export interface WrappedFacts {
  readonly kind: 'wrapped'
  readonly ports: RedirectPorts
}

export type RedirectPorts = Omit<RelayPorts, 'proxy'>

/** Addresses that the DNS answerer makes up (RFC 2544, never routed): sandboxes inside refuse names that resolve to 127.0.0.0/8. */
export const MADE_UP_NETWORK = '198.18.0.0/15'

export const TABLE = 'setup_agent_proxy'

/** Elements of one set; a full set loses records, never a rule. */
export const SET_SIZE = 4096
/** A record that nothing renews is gone after this. */
export const RECORD_SECONDS = 3600

/**
 * What was dropped, by who sent it, where to, protocol and port. Protocols without ports, and packets without an owner (forwarded for a
 * container, or sent by the kernel after its socket was gone), have sets of their own: a field that a packet does not have ends a rule.
 */
export const RECORDS: readonly PlannedSet[] = [
  { name: 'dropped4', type: 'uid . ipv4_addr . inet_proto . inet_service' },
  { name: 'dropped6', type: 'uid . ipv6_addr . inet_proto . inet_service' },
  { name: 'portless4', type: 'uid . ipv4_addr . inet_proto' },
  { name: 'portless6', type: 'uid . ipv6_addr . inet_proto' },
  { name: 'unowned4', type: 'ipv4_addr . inet_proto . inet_service' },
  { name: 'unowned6', type: 'ipv6_addr . inet_proto . inet_service' },
]
