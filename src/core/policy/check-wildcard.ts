import type { Hostname } from '../hostname.ts'
import { findCustomerZone } from './customer-zones.ts'
import { HTTP_PORT, TLS_PORT } from './parsed-rule.ts'
import type { RuleScheme } from './policy.ts'
import { findPublicSuffix, findSharedSuffixBelow } from './public-suffix.ts'
import { createProblem, type RuleProblem } from './rule-problems.ts'

/**
 * What keeps a wildcard from being a rule. Below a public suffix, or a zone that holds one, an attacker gets a name of his own
 * in minutes; without a name inside the connection, a wildcard would rest on a look-up alone.
 */
export function checkWildcard(
  name: Hostname,
  end: { readonly scheme: RuleScheme; readonly port: number },
): RuleProblem | undefined {
  return checkZone(name) ?? checkEnd(end)
}

function checkZone(name: Hostname): RuleProblem | undefined {
  const suffix = findPublicSuffix(name)
  if (suffix !== undefined) return createProblem(suffix === 'registry' ? 'registry-suffix' : 'shared-suffix')
  const customers = findCustomerZone(name)
  if (customers?.name === name) return createProblem('customer-zone', { detail: customers.reason })
  if (customers !== undefined) {
    return createProblem('suffix-below', { detail: `${customers.name}: ${customers.reason}` })
  }
  const below = findSharedSuffixBelow(name)
  return below === undefined ? undefined : createProblem('suffix-below', { detail: `such as ${below}` })
}

function checkEnd({ scheme, port }: { readonly scheme: RuleScheme; readonly port: number }): RuleProblem | undefined {
  if (scheme === 'tcp') return createProblem('wildcard-tcp')
  return port === TLS_PORT || port === HTTP_PORT ? undefined : createProblem('port-of-wildcard')
}
