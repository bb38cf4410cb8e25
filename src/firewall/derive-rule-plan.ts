import { deriveEnforcedChains } from './enforced-chains.ts'
import { MADE_UP_NETWORK, RECORDS, type RuleFacts, type RulePlan, TABLE } from './plan.ts'
import { checkRuleFacts } from './rule-facts.ts'
import { deriveWrappedChains } from './wrapped-chains.ts'

/**
 * Derives the rule set of a level.
 * @throws RangeError when a fact could not stand in a rule: a port, a uid, an address. Nothing is loaded then.
 */
export function deriveRulePlan(facts: RuleFacts): RulePlan {
  checkRuleFacts(facts)
  switch (facts.kind) {
    case 'enforced':
      return {
        table: TABLE,
        sets: RECORDS,
        chains: deriveEnforcedChains(facts),
        // Not a local route: those addresses must not count as the machine's own.
        routes: [{ family: 4, network: MADE_UP_NETWORK, source: '127.0.0.1' }],
      }
    case 'wrapped':
      return {
        table: TABLE,
        sets: RECORDS,
        chains: deriveWrappedChains(facts),
        routes: [
          { family: 4, network: 'default', source: '127.0.0.1' },
          { family: 6, network: 'default' },
        ],
      }
  }
}
