import type { PlannedChain, WrappedFacts } from './plan.ts'
import {
  deriveDivertRules,
  deriveOwnAddressesRule,
  deriveRecordRules,
  deriveRefuseChain,
  rule,
} from './shared-rules.ts'

/**
 * The rules inside the wrapper: there is no outside, so nobody is exempt and audit differs in the relay only. What is not redirected is
 * refused at once, which no route at all would not do for every protocol.
 */
export function deriveWrappedChains({ ports }: WrappedFacts): readonly PlannedChain[] {
  return [
    {
      name: 'divert',
      hook: { type: 'nat', on: 'output', priority: -110, policy: 'accept' },
      rules: deriveDivertRules(ports, []),
    },
    {
      name: 'leaving',
      hook: { type: 'filter', on: 'output', priority: 0, policy: 'drop' },
      rules: [
        deriveOwnAddressesRule('accept'),
        rule('owned', 'meta skuid != 4294967295', 'goto owned'),
        ...deriveRecordRules('unowned', 'goto refuse'),
      ],
    },
    { name: 'owned', rules: deriveRecordRules('owned', 'goto refuse') },
    deriveRefuseChain(),
  ]
}
