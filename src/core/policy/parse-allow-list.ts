import type { Fault } from '../fault.ts'
import { isSubdomainOf } from '../hostname.ts'
import { findNearestModels } from '../probes/find-nearest-models.ts'
import { BUNDLE_NAMES, type BundleName, isBundleName } from './bundles/table.ts'
import { expandBundle } from './expand-bundle.ts'
import { type ListContext, type ListEntry, renderRuleFault, splitList } from './list-entries.ts'
import { parseRule } from './parse-rule.ts'
import type { RuleName } from './parsed-rule.ts'
import type { DenyRule, HostRule, RuleText } from './policy.ts'
import { findPublishingHost } from './publishing-hosts.ts'
import { renderDenyRule, renderRule } from './render-rule.ts'
import { createProblem } from './rule-problems.ts'

export interface AllowList {
  /** In the order written; bundles stand expanded at their place. */
  readonly hosts: readonly HostRule[]
  readonly denied: readonly DenyRule[]
  /** Bundles that are in it, in the order written. */
  readonly bundles: readonly BundleName[]
  readonly warnings: readonly RuleWarning[]
  /** Sentences about what was understood: names converted to ASCII. */
  readonly notices: readonly string[]
  /** Everything that is wrong, one for each entry. When there is one, the rest must not be used. */
  readonly faults: readonly Fault[]
}

/** Something allowed that its author should know about. */
export interface RuleWarning {
  readonly line: number
  readonly rule: RuleText
  /** A sentence without its full stop. */
  readonly reason: string
}

interface Draft {
  readonly hosts: HostRule[]
  readonly denied: DenyRule[]
  readonly bundles: Set<BundleName>
  readonly notices: string[]
  readonly warnings: RuleWarning[]
  readonly faults: Fault[]
}

/**
 * Reads `allowed-domains`: one rule for each line or comma, comments behind `#`. Anything that is not understood is a fault,
 * and all faults are reported together.
 */
export function parseAllowList(text: string, context: ListContext): AllowList {
  const draft: Draft = { hosts: [], denied: [], bundles: new Set(), notices: [], warnings: [], faults: [] }
  for (const entry of splitList(text)) readEntry(entry, context, draft)
  warnOfDenied(draft)
  return { ...draft, bundles: [...draft.bundles] }
}

function readEntry(entry: ListEntry, context: ListContext, draft: Draft): void {
  const parsed = parseRule(entry.text)
  switch (parsed.kind) {
    case 'problem':
      draft.faults.push(renderRuleFault(context, entry, parsed))
      return
    case 'bundle':
      addBundle(entry, parsed.name, { context, draft })
      return
    case 'deny': {
      const { kind, name } = parsed.target
      draft.denied.push({ kind, name, origin: deriveOrigin(entry, renderDenyRule(parsed.target)) })
      noticeConversion(entry, parsed.target, draft)
      return
    }
    case 'allow': {
      const { kind, name, scheme, port } = parsed.target
      const rule = renderRule(parsed.target)
      draft.hosts.push({ kind, name, scheme, port, mayBePrivate: false, origin: deriveOrigin(entry, rule) })
      const known = findPublishingHost(kind, name)
      if (known !== undefined) {
        const reason = known.name === name ? known.reason : `${known.name}: ${known.reason}`
        draft.warnings.push({ line: entry.line, rule, reason })
      }
      noticeConversion(entry, parsed.target, draft)
      return
    }
  }
}

// Logs and summaries print this text: it stands as written where it is ASCII, else as it was understood.
function deriveOrigin({ line, text }: ListEntry, rule: RuleText): HostRule['origin'] {
  return { kind: 'user', line, text: /^[\x21-\x7e]+$/.test(text) ? text : rule }
}

function noticeConversion({ line }: ListEntry, { name, isConverted }: RuleName, { notices }: Draft): void {
  if (isConverted)
    notices.push(`line ${line} is not ASCII and stands for ${name}; check that this is the name you mean.`)
}

function addBundle(
  entry: ListEntry,
  name: string,
  { context, draft }: { readonly context: ListContext; readonly draft: Draft },
): void {
  if (!isBundleName(name)) {
    const nearest = findNearestModels(name, BUNDLE_NAMES)
    const hint =
      nearest.length === 0 ? `Bundles are ${BUNDLE_NAMES.join(', ')}.` : `Probably meant: ${nearest.join(', ')}.`
    const problem = createProblem('unknown-bundle', { fix: `A host needs a dot. ${hint}` })
    draft.faults.push(renderRuleFault(context, entry, problem))
    return
  }
  if (draft.bundles.has(name)) return
  draft.bundles.add(name)
  draft.hosts.push(...expandBundle(name))
}

/** A rule of the user's that a deny rule of the same list makes void: one of the two is a mistake. */
function warnOfDenied({ hosts, denied, warnings }: Draft): void {
  for (const rule of hosts) {
    if (rule.origin.kind !== 'user') continue
    const deny = denied.find((row) => coversRule(row, rule))
    if (deny?.origin.kind !== 'user') continue
    const reason = `it allows nothing, because ${renderDenyRule(deny)} on line ${deny.origin.line} wins`
    warnings.push({ line: rule.origin.line, rule: renderRule(rule), reason })
  }
}

/** The deny rule leaves nothing of the rule: neither its name nor, for a wildcard, any name below it. */
function coversRule(deny: DenyRule, rule: HostRule): boolean {
  if (deny.kind === 'host') return rule.kind === 'host' && rule.name === deny.name
  return isSubdomainOf(rule.name, deny.name) || (rule.kind === 'wildcard' && rule.name === deny.name)
}
