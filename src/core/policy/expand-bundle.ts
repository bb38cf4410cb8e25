import type { Bundle } from './bundles/bundle.ts'
import { BUNDLES, type BundleName } from './bundles/table.ts'
import { parseRule } from './parse-rule.ts'
import type { HostRule } from './policy.ts'

/** The rules of a bundle, each with its reason. Throws when an entry is no rule: a mistake of ours, which a test looks for. */
export function expandBundle(name: BundleName): readonly HostRule[] {
  const { entries }: Bundle = BUNDLES[name]
  return entries.map(({ rule, reason }) => {
    const parsed = parseRule(rule)
    if (parsed.kind !== 'allow') throw new TypeError(`${rule} of bundle ${name} is no rule`)
    const { kind, name: host, scheme, port } = parsed.target
    return { kind, name: host, scheme, port, mayBePrivate: false, origin: { kind: 'bundle', bundle: name, reason } }
  })
}
