import { type AllowList, parseAllowList } from '../policy/parse-allow-list.ts'
import { parseAllowedIps } from '../policy/parse-allowed-ips.ts'
import { type ParseContext, readInput } from './given-inputs.ts'
import type { InputName } from './input-table.ts'
import type { FirewallInputs } from './inputs.ts'
import { parseBoolean, parseEnum } from './parse-values.ts'

/** Reads the inputs of the firewall. Every faulty entry of a list is a fault of its own. */
export function parseFirewall(context: ParseContext): FirewallInputs {
  const rules = parseAllowList(readInput(context.given, 'allowed-domains'), { input: 'allowed-domains' })
  const ips = parseAllowedIps(readInput(context.given, 'allowed-ips'), { input: 'allowed-ips' })
  context.faults.push(...rules.faults, ...ips.faults)
  noticeRules(context, rules)
  const firewall: FirewallInputs = {
    mode: parseEnum(context, 'egress-policy'),
    level: parseEnum(context, 'firewall-level'),
    rules: { hosts: rules.hosts, denied: rules.denied },
    ips: ips.addresses,
    sudo: parseEnum(context, 'sudo'),
    docker: parseEnum(context, 'docker'),
    failOnBlocked: parseBoolean(context, 'fail-on-blocked'),
  }
  noticeIdle(context, firewall)
  return firewall
}

function noticeRules({ notices }: ParseContext, { notices: own, warnings }: AllowList): void {
  for (const notice of own) notices.push(`allowed-domains: ${notice}`)
  for (const { line, rule, reason } of warnings) notices.push(`allowed-domains, line ${line}, ${rule}: ${reason}.`)
}

const OF_FIREWALL: readonly InputName[] = [
  ...(['allowed-domains', 'allowed-ips', 'firewall-level', 'sudo', 'docker', 'fail-on-blocked'] as const),
]

/** Inputs that do nothing together with the others: said, because their author counts on them. */
function noticeIdle({ given, notices }: ParseContext, { mode, failOnBlocked }: FirewallInputs): void {
  const idle = OF_FIREWALL.filter((name) => given.has(name))
  if (mode === 'off' && idle.length > 0) {
    notices.push(`egress-policy is off: ${idle.join(', ')} ${idle.length === 1 ? 'has' : 'have'} no effect.`)
  }
  if (mode === 'audit' && failOnBlocked)
    notices.push('egress-policy: audit blocks nothing, so fail-on-blocked has no effect.')
}
