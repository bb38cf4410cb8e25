import type { FirewallPlan } from './prepare-firewall.ts'

/** A firewall that stands, as outputs, variables and state need it. */
export interface StartedFirewall {
  readonly plan: FirewallPlan
  /** What stays open although it should not: sentences for log and summary. */
  readonly limits: readonly string[]
  /** The firewall's own log. */
  readonly logPath: string
  /** Where the sidecar's logs are when the guard has started it; null = where it was told. */
  readonly sidecarLogDirectory: string | null
  /** Forward proxy of the relay for clients that obey variables. */
  readonly proxyUrl: string
  /** The relay, where this step has started it; null where the guard has, which nobody can end. */
  readonly relay: { readonly pid: number; readonly startTime: string | null } | null
}
