import { type PlannedChain, type PlannedRoute, RECORD_SECONDS, type RulePlan, SET_SIZE } from './plan.ts'

/**
 * Renders the plan as one file for `nft -f`, which loads it as one transaction: either all of it is in force or what was before. Loading
 * it again replaces it. Syntax that nft 1.0.2 to 1.1 read alike.
 */
export function renderNft(plan: RulePlan): string {
  return [
    ...renderRemoval(plan),
    `table inet ${plan.table} {`,
    ...plan.sets.flatMap(({ name, type }) => [
      `\tset ${name} {`,
      `\t\ttype ${type}`,
      `\t\tsize ${SET_SIZE}`,
      '\t\tflags dynamic,timeout',
      `\t\ttimeout ${RECORD_SECONDS}s`,
      '\t}',
    ]),
    ...orderChains(plan.chains).flatMap(renderChain),
    '}',
    '',
  ].join('\n')
}

/** Renders what takes the rule set away again; right also where it is gone already. */
export function renderNftUndo(plan: RulePlan): string {
  return [...renderRemoval(plan), ''].join('\n')
}

/** Arguments for `ip`, one list for each call: the routes to set before the rules are loaded, and to take away after them. */
export function deriveRouteCommands(plan: RulePlan): {
  readonly add: readonly (readonly string[])[]
  readonly remove: readonly (readonly string[])[]
} {
  return {
    add: plan.routes.map((route) => [`-${route.family}`, 'route', 'replace', ...routeWords(route)]),
    remove: plan.routes.map((route) => [`-${route.family}`, 'route', 'del', ...routeWords(route)]),
  }
}

function routeWords({ network, source }: PlannedRoute): readonly string[] {
  return [network, 'dev', 'lo', ...(source === undefined ? [] : ['src', source])]
}

// Deleting what is not there is an error, adding what is there is none.
function renderRemoval({ table }: RulePlan): readonly string[] {
  return [`add table inet ${table}`, `delete table inet ${table}`]
}

/** A chain must stand before those that go to it. */
function orderChains(chains: readonly PlannedChain[]): readonly PlannedChain[] {
  const goesTo = (chain: PlannedChain): readonly string[] =>
    chain.rules.flatMap(({ action }) => /goto (\S+)$/.exec(action)?.[1] ?? [])
  const ordered: PlannedChain[] = []
  const place = (chain: PlannedChain): void => {
    if (ordered.includes(chain)) return
    for (const next of goesTo(chain)) for (const target of chains) if (target.name === next) place(target)
    ordered.push(chain)
  }
  for (const chain of chains) place(chain)
  return ordered
}

function renderChain({ name, hook, rules }: PlannedChain): readonly string[] {
  const head =
    hook === undefined
      ? []
      : [`\t\ttype ${hook.type} hook ${hook.on} priority ${hook.priority}; policy ${hook.policy};`]
  const lines = rules.map((rule) => `\t\t${[rule.match, rule.action].filter(Boolean).join(' ')} comment "${rule.name}"`)
  return [`\tchain ${name} {`, ...head, ...lines, '\t}']
}
