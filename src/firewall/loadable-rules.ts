import type { RelayPorts } from '../core/egress-config.ts'
import type { EgressEvent } from '../core/egress-event.ts'
import { deriveRulePlan } from './derive-rule-plan.ts'
import { deriveDroppedEvents, parseDropped } from './dropped-packets.ts'
import { findMissingRules } from './find-missing-rules.ts'
import type { EnforcedFacts } from './plan.ts'
import { deriveRouteCommands, renderNft, renderNftUndo } from './render-nft.ts'

/** The rule set of the enforced level as texts and functions, for a guard that loads it without knowing what it means. */
export interface LoadableRules {
  /** Family and name of the table. */
  readonly table: readonly [family: string, name: string]
  readonly load: string
  readonly undo: string
  readonly routes: ReturnType<typeof deriveRouteCommands>
  /** Both read answers of `nft -j list table`. */
  readonly findMissing: (listing: string) => readonly string[]
  readonly deriveDropped: (before: string, now: string, time: string) => readonly EgressEvent[]
}

/** Throws a RangeError when a fact could not stand in a rule. */
export function deriveLoadableRules(
  facts: Omit<EnforcedFacts, 'kind' | 'ports'> & { readonly ports: RelayPorts },
): LoadableRules {
  const plan = deriveRulePlan({ kind: 'enforced', ...facts, ports: withoutProxy(facts.ports) })
  const { mode } = facts
  return {
    table: ['inet', plan.table],
    load: renderNft(plan),
    undo: renderNftUndo(plan),
    routes: deriveRouteCommands(plan),
    findMissing: (listing) => findMissingRules(plan, listing),
    deriveDropped: (before, now, time) =>
      // Which name a made-up address stands for only the relay knows.
      deriveDroppedEvents(parseDropped(before), parseDropped(now), { time, mode }),
  }
}

/** Nothing is redirected to the forward proxy: its clients dial it. */
function withoutProxy({ tls, http, tcp, dnsUdp, dnsTcp }: RelayPorts): EnforcedFacts['ports'] {
  return { tls, http, tcp, dnsUdp, dnsTcp }
}
