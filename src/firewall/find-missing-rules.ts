import type { PlannedChain, RulePlan } from './plan.ts'

/**
 * What of the plan is not in force, from the answer of `nft -j list table inet <table>`: a rule set that was loaded in part, or for
 * another plan, must stop the job step. It looks at chains with their hooks, at rules by name and in order, and at sets.
 * @param text the answer as it came, or '' where nft found no table.
 * @returns one phrase for each thing that is missing or different; empty when all is there.
 */
export function findMissingRules(plan: RulePlan, text: string): readonly string[] {
  const objects = parseObjects(text)
  const listed = (kind: string): readonly Fields[] =>
    objects.flatMap((object) => (isFields(object[kind]) ? [object[kind]] : []))
  if (!listed('table').some((table) => table.family === 'inet' && table.name === plan.table))
    return [`table inet ${plan.table}`]
  const sets = listed('set').map((set) => set.name)
  const missingSets = plan.sets.filter((set) => !sets.includes(set.name)).map((set) => `set ${set.name}`)
  const missing = plan.chains.flatMap((chain) => {
    const found = listed('chain').find((entry) => entry.name === chain.name)
    if (found === undefined || !hasHook(chain, found)) return [`chain ${chain.name}`]
    const names = listed('rule').flatMap((entry) => (entry.chain === chain.name ? [entry.comment] : []))
    return findFirstDifference(chain, names)
  })
  return [...missingSets, ...missing]
}

type Fields = Readonly<Record<string, unknown>>

function hasHook({ hook }: PlannedChain, found: Fields): boolean {
  if (hook === undefined) return found.hook === undefined
  const { type, on, priority, policy } = hook
  return found.type === type && found.hook === on && found.prio === priority && found.policy === policy
}

/** Order decides what a rule set does, so the first difference makes the rest of the chain worthless. */
function findFirstDifference({ name, rules }: PlannedChain, found: readonly unknown[]): readonly string[] {
  const at = rules.findIndex((rule, index) => found[index] !== rule.name)
  if (at >= 0) return [`rule ${rules[at]?.name} of chain ${name}`]
  return found.length > rules.length ? [`chain ${name} without more rules`] : []
}

function parseObjects(text: string): readonly Fields[] {
  try {
    const answer: unknown = JSON.parse(text)
    const list = isFields(answer) ? answer.nftables : undefined
    return Array.isArray(list) ? list.filter(isFields) : []
  } catch {
    return []
  }
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null
}
