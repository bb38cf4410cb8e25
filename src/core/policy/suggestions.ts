import type { EgressEvent } from '../egress-event.ts'
import { type Hostname, isIpLiteral, parseHostname } from '../hostname.ts'
import { isInternalAddress } from './address-classes.ts'
import { findCustomerZone } from './customer-zones.ts'
import type { RuleScheme } from './policy.ts'
import { findPublicSuffix } from './public-suffix.ts'
import { findPublishingHost } from './publishing-hosts.ts'
import { deriveSuggestedLine, type SuggestedLine } from './suggested-line.ts'

/** A rule that would have let blocked connections pass, for the user to judge. */
export interface Suggestion extends SuggestedLine {
  /** Connections that it would have let pass. */
  readonly count: number
  /** What speaks against it, or would be needed instead: sentences without their full stop, free of control characters. */
  readonly warnings: readonly string[]
}

const SCHEMES: Partial<Record<EgressEvent['protocol'], RuleScheme>> = { tls: 'https', http: 'http', tcp: 'tcp' }

/**
 * Candidates for `allowed-domains` and `allowed-ips` from the log, the most frequent first. A blocked host may be the very attempt that one
 * wanted to stop; whoever prints these says so.
 */
export function deriveSuggestions(events: readonly EgressEvent[]): readonly Suggestion[] {
  const found = new Map<string, Suggestion>()
  for (const event of events) {
    const next = deriveSuggestion(event)
    if (next === undefined) continue
    const known = found.get(next.line)
    const warnings = [...new Set([...(known?.warnings ?? []), ...next.warnings])]
    found.set(next.line, { ...next, count: next.count + (known?.count ?? 0), warnings })
  }
  return [...found.values()].sort((left, right) => right.count - left.count || (left.line < right.line ? -1 : 1))
}

function deriveSuggestion(event: EgressEvent): Suggestion | undefined {
  const { verdict, reason, port } = event
  const scheme = SCHEMES[event.protocol]
  const isRefused = verdict === 'blocked' || verdict === 'would-block'
  if (!isRefused || reason === undefined || scheme === undefined) return undefined
  // The log is made of what an attacker sent: only what parses as a name or address may stand in a line to paste.
  const name = parseHostname(event.host ?? event.address ?? '')
  if (name === undefined || port === null) return undefined
  const suggested = deriveSuggestedLine(reason, { name, port, scheme })
  if (suggested === undefined) return undefined
  const warnings = isIpLiteral(name) ? warnOfAddress(name) : [...warnOfName(name), ...hintAtRule(event)]
  return { ...suggested, count: event.count ?? 1, warnings }
}

function warnOfAddress(address: Hostname): readonly string[] {
  return isInternalAddress(address) ? ['an address inside: of this machine, its cloud, or a private network'] : []
}

/** Longer than words are: data in a name, where every look-up of a sub-name would carry some out. */
const LONGEST_WORD = 30

function warnOfName(name: Hostname): readonly string[] {
  const warnings: string[] = []
  const known = findPublishingHost('host', name)
  if (known !== undefined) warnings.push(known.reason)
  const labels = name.split('.')
  const parents = labels.slice(1).map((_, index) => labels.slice(index + 1).join('.') as Hostname)
  const shared = parents.find((zone) => findPublicSuffix(zone) === 'shared' || findCustomerZone(zone)?.name === zone)
  if (shared !== undefined) warnings.push(`anyone can get a name below ${shared}; make sure whose this one is`)
  const isData = labels.some((label) => label.length > LONGEST_WORD || /^(?=.*\d)[0-9a-f]{16,}$/.test(label))
  if (isData) warnings.push('a part of the name looks like data, not like a word')
  if (labels.some((label) => label.startsWith('xn--'))) warnings.push('the name is not ASCII; check its letters')
  return warnings
}

/** A rule is exact where a wildcard was meant, or the host is allowed otherwise. */
function hintAtRule({ reason, rule }: EgressEvent): readonly string[] {
  const exact = /^(?:https?:\/\/)?([a-z0-9_-][a-z0-9._-]*)(?::\d+)?$/.exec(rule ?? '')?.[1]
  if (exact === undefined) return []
  if (reason === 'port-not-allowed') return [`a rule names ${exact} with another port or protocol`]
  return reason === 'not-allowed' ? [`a rule names ${exact} exactly; *.${exact} would cover its sub-names`] : []
}
