import type { RefreshPolicy } from '../credentials/refresh-rule.ts'
import type { FirewallLevel } from '../firewall-level.ts'
import type { LogLevel } from '../log-level.ts'
import type { AllowList } from '../policy/parse-allow-list.ts'
import type { AddressRule, Policy } from '../policy/policy.ts'
import type { ProviderId } from '../providers/provider.ts'
import type { Secret } from '../secret.ts'
import type { ProviderConfig, SecretName } from '../sidecar-config.ts'
import type { Topology } from '../topology/topology.ts'

/**
 * Room: inputs. Turns the texts of the action's inputs into one value that cannot be wrong, or into all that is wrong with
 * them. Never knows: the runner, files, the network, the environment. Called by: action (main) and the terminal face.
 */
export interface Inputs {
  readonly topology: Topology
  /** Configured providers in the order of PROVIDER_IDS. May be empty only when everything was skipped by `on-missing`. */
  readonly providers: readonly ProviderConfig[]
  /** Provider keys, the secrets of their sources and the values of `provider-headers`; the other secrets are made later. */
  readonly secrets: ReadonlyMap<SecretName, Secret>
  /** Providers whose secret was given but empty, or whose identity token the job may not ask for, left out by `on-missing: skip`. */
  readonly skipped: readonly SkippedProvider[]
  readonly validate: 'strict' | 'warn' | 'off'
  readonly onMissing: 'fail' | 'skip'
  readonly clientAuth: 'auto' | 'token' | 'none'
  /** An IP literal without brackets. */
  readonly listenAddress: string
  /** A path, or PEM text; `isPemText` tells which. */
  readonly caBundle?: string
  /** URL of the corporate proxy, with its password where it has one; overrides the environment's proxies. */
  readonly upstreamProxy?: Secret
  readonly streamIdleTimeoutMs: number
  /** When a credential is renewed because of an upstream's answer. */
  readonly refresh: RefreshPolicy
  readonly limits: { readonly maxRequests: number | null; readonly maxTokens: number | null }
  readonly firewall: FirewallInputs
  readonly logLevel: LogLevel
  /** As the user wrote it; a relative path is relative to the workspace. */
  readonly logDirectory?: string
  readonly summary: boolean
}

/** What the inputs say about the firewall; nothing of it is decided yet. */
export interface FirewallInputs {
  readonly mode: Policy['mode'] | 'off'
  readonly level: FirewallLevel | 'auto'
  readonly rules: Pick<AllowList, 'hosts' | 'denied'>
  readonly ips: readonly AddressRule[]
  readonly sudo: 'off' | 'keep'
  readonly docker: 'off' | 'keep'
  readonly failOnBlocked: boolean
}

export interface SkippedProvider {
  readonly provider: ProviderId
  /** The input whose secret is empty, or the first one of a source that needs an identity token. */
  readonly input: string
}
