/**
 * A bundle: the hosts that a tool chain needs, as rules with a reason each. First-party zones (`*.npmjs.org`) rather than single
 * hosts, which change; never a zone in which strangers get names, and shared storage only where the reason says why.
 */
export interface Bundle {
  /** One plain sentence: what becomes possible. */
  readonly description: string
  readonly entries: readonly BundleEntry[]
}

export interface BundleEntry {
  /** In the grammar of `allowed-domains`, allow rules only. */
  readonly rule: string
  readonly reason: string
}

/** Entries that share a reason. */
export function because(reason: string, ...rules: readonly string[]): readonly BundleEntry[] {
  return rules.map((rule) => ({ rule, reason }))
}

/** A domain of the publisher's own with everything below it. */
export function zone(name: string, reason: string): readonly BundleEntry[] {
  return because(reason, name, `*.${name}`)
}

/** The same, also over plain HTTP: package managers that verify signatures themselves still use it. */
export function plainZone(name: string, reason: string): readonly BundleEntry[] {
  return [...zone(name, reason), ...because(reason, `http://${name}`, `http://*.${name}`)]
}
