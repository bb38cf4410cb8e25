import type { RelayPorts } from '../../core/egress-config.ts'
import type { EgressEvent } from '../../core/egress-event.ts'
import type { Policy } from '../../core/policy/policy.ts'

/**
 * What the guard needs to know of the rule set, which it loads without understanding it. The entry fills it in with the renderers: the
 * guard is of a room that does not know them.
 */
export interface RuleBook {
  /** Throws a RangeError when a fact could not stand in a rule. */
  derive(facts: RuleBookFacts): RuleSet
}

export interface RuleBookFacts {
  readonly mode: Policy['mode']
  readonly ports: RelayPorts
  readonly relayUid: number
  readonly sidecarUid: number
  readonly rootAddresses: readonly string[]
  /** Networks (CIDR) of container bridges. */
  readonly containerNetworks: readonly string[]
}

export interface RuleSet {
  /** Family and name, as nft wants them: `['inet', 'name']`. */
  readonly table: readonly [family: string, name: string]
  /** For `nft -f -`, in one transaction; loading it again replaces it. */
  readonly load: string
  /** For `nft -f -`; right also where the table is gone. */
  readonly undo: string
  /** Arguments for `ip`, one list for each call. */
  readonly routes: { readonly add: readonly (readonly string[])[]; readonly remove: readonly (readonly string[])[] }
  /** What of it is not in force, by an answer of `nft -j list table`. */
  readonly findMissing: (listing: string) => readonly string[]
  /** What was refused between two such answers. */
  readonly deriveDropped: (before: string, now: string, time: string) => readonly EgressEvent[]
}
