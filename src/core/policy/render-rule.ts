import { type Hostname, renderHost } from '../hostname.ts'
import { parseIpAddress } from './ip-address.ts'
import type { AddressRule, DenyRule, HostRule, Policy, RuleOrigin, RuleScheme, RuleText } from './policy.ts'

type Named = Pick<HostRule, 'kind' | 'name'>

/** The rule as it would stand in `allowed-domains`, in the shortest spelling that the parser reads back as the same rule. */
export function renderRule(rule: Named & Pick<HostRule, 'scheme' | 'port'>): RuleText {
  const name = renderName(rule)
  switch (rule.scheme) {
    case 'https':
      return rule.port === 443 ? name : `${name}:${rule.port}`
    case 'http':
      return rule.port === 80 ? `http://${name}` : `http://${name}:${rule.port}`
    case 'tcp':
      return `tcp://${name}:${rule.port}`
  }
}

/** `!example.com` or `!*.example.com`. */
export function renderDenyRule(rule: Pick<DenyRule, 'kind' | 'name'>): RuleText {
  return `!${renderName(rule)}`
}

/** As it would stand in `allowed-ips`: `10.0.0.0/8`, `192.0.2.5:443`, `[2001:db8::1]:443`. */
export function renderAddressRule({ network, port }: Pick<AddressRule, 'network' | 'port'>): RuleText {
  if (port === null) return network
  return network.includes(':') ? `[${network}]:${port}` : `${network}:${port}`
}

/** A destination that no rule names, in the form of one: what a suggestion offers. */
export function renderDestination(name: Hostname, port: number, scheme: RuleScheme): RuleText {
  const address = parseIpAddress(name)
  if (address !== undefined) return renderAddressRule({ network: name, port })
  return renderRule({ kind: 'host', name, scheme, port })
}

function renderName({ kind, name }: Named): string {
  return kind === 'wildcard' ? `*.${name}` : renderHost(name)
}

/** A rule of whatever kind, with why it stands there: one line of the command `domains`. */
export interface ListedRule {
  readonly verdict: 'allow' | 'deny'
  readonly rule: RuleText
  readonly origin: RuleOrigin['kind']
  /** One plain sentence part. */
  readonly reason: string
}

/** Every rule of a policy in its order: deny rules first, because they win. */
export function listRules(policy: Pick<Policy, 'hosts' | 'addresses' | 'denied'>): readonly ListedRule[] {
  const list = (verdict: ListedRule['verdict'], rule: RuleText, origin: RuleOrigin): ListedRule => ({
    verdict,
    rule,
    origin: origin.kind,
    reason: renderOrigin(origin),
  })
  return [
    ...policy.denied.map((rule) => list('deny', renderDenyRule(rule), rule.origin)),
    ...policy.hosts.map((rule) => list('allow', renderRule(rule), rule.origin)),
    ...policy.addresses.map((rule) => list('allow', renderAddressRule(rule), rule.origin)),
  ]
}

/** Why a rule stands there, for logs and tables. */
function renderOrigin(origin: RuleOrigin): string {
  switch (origin.kind) {
    case 'user':
      return `line ${origin.line} of the inputs`
    case 'bundle':
      return `bundle ${origin.bundle}: ${origin.reason}`
    case 'topology':
      return origin.reason
    case 'runner':
      return `the runner itself: ${origin.reason}`
  }
}

/** What AWF can take over of a policy, and what it cannot. */
export interface AwfDomains {
  /** For `--allow-domains` or `network.allowDomains`, sorted and once each. */
  readonly allow: readonly string[]
  /** For `network.blockDomains`. */
  readonly block: readonly string[]
  /** Rules that AWF's domain list has no form for: other ports, tcp, addresses. */
  readonly left: readonly RuleText[]
}

/**
 * The policy in AWF's form. There a plain name also allows every sub-name, so an exact rule becomes wider; `*.name` is a wildcard
 * as here. `http://` and `https://` limit a name to one protocol; a rule for both is written once, without.
 */
export function renderAwfDomains(policy: Pick<Policy, 'hosts' | 'addresses' | 'denied'>): AwfDomains {
  const schemes = new Map<string, Set<RuleScheme>>()
  const left: RuleText[] = policy.addresses.map(renderAddressRule)
  for (const rule of policy.hosts) {
    const isUsual = (rule.scheme === 'https' && rule.port === 443) || (rule.scheme === 'http' && rule.port === 80)
    if (!isUsual) left.push(renderRule(rule))
    else schemes.set(renderName(rule), (schemes.get(renderName(rule)) ?? new Set()).add(rule.scheme))
  }
  const allow = [...schemes].map(([name, found]) => {
    const [only] = found
    return found.size === 1 ? `${only}://${name}` : name
  })
  return {
    allow: allow.sort(),
    block: [...new Set(policy.denied.map(renderName))].sort(),
    left: [...new Set(left)],
  }
}
