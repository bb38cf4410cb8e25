import type { RefreshPolicy } from './credentials/refresh-rule.ts'
import type { CredentialSource } from './credentials/source.ts'
import type { FirewallLevel } from './firewall-level.ts'
import type { LogLevel } from './log-level.ts'
import type { ApiDialect, ProviderId, RoutingMode } from './providers/provider.ts'
import type { Topology } from './topology/topology.ts'
import type { Upstream } from './upstream.ts'

/**
 * What the action and the sidecar agree on. The config holds no secret; secrets travel beside it in the same message over
 * stdin, once, and are named by {@link SecretName}. Version changes when a field changes its meaning.
 */
export interface SidecarConfig {
  readonly version: 1
  /** Random, echoed by /health: guards against a foreign process on a reused port or pid. */
  readonly runId: string
  readonly listenAddress: string
  readonly topology: Topology
  readonly providers: readonly ProviderConfig[]
  readonly validate: 'strict' | 'warn' | 'off'
  readonly clientAuth: 'auto' | 'token' | 'none'
  /** uid whose keyless loopback requests are served under `client-auth: auto`; null where the platform cannot tell. */
  readonly runnerUid: number | null
  /** NO_PROXY as the user has it. The proxies themselves are secrets: their URLs may carry a password. */
  readonly noProxy: string
  /** PEM texts to trust beside the built-in roots. */
  readonly extraCa: readonly string[]
  readonly streamIdleTimeoutMs: number
  /** When a credential is renewed because of an answer; absent = DEFAULT_REFRESH_POLICY. */
  readonly refresh?: RefreshPolicy
  readonly limits: { readonly maxRequests: number | null; readonly maxTokens: number | null }
  readonly logLevel: LogLevel
  /** The runner process of the job: when it is gone, so is the sidecar. */
  readonly watch: { readonly pid: number; readonly startTime: string | null } | null
  readonly maxAgeMs: number
  /** True when the sidecar was seen to run where others of its user cannot read its memory: a worker that they could gets nothing. */
  readonly isShielded?: boolean
  /** Where credential commands run: the runner's directory for temporary files, which is never the checkout. */
  readonly workDirectory?: string
  /**
   * Addresses of the real name servers (`192.0.2.1`, `[2001:db8::1]:53`) and the text of /etc/hosts. Given where a firewall answers
   * everybody's DNS questions with made-up addresses, also those of the machine's own resolver; absent = the system resolves.
   */
  readonly nameservers?: readonly string[]
  readonly hosts?: string
  /** The firewall that stands beside it, for the status page; absent without one. */
  readonly firewall?: {
    readonly level: FirewallLevel
    readonly mode: 'block' | 'audit'
    /** Its log (JSONL), the one file outside of its programs that the supervisor may read. */
    readonly logPath: string
  }
}

export interface ProviderConfig {
  readonly id: ProviderId
  readonly dialect: ApiDialect
  readonly upstream: Upstream
  /** True when the user named the upstream: no discovery then. */
  readonly upstreamIsExplicit: boolean
  readonly routing: RoutingMode | 'auto'
  /** How the credential is obtained. */
  readonly credential: CredentialSource
  /** Header that carries the credential when it is not the dialect's own (provider-auth-header), lower case. */
  readonly authHeader?: string
  /** Names of extra headers; their values are the secrets `header.<name>`. */
  readonly extraHeaderNames: readonly string[]
  readonly integrationId?: string
  readonly model?: string
  /** Region that Bedrock signatures hold for, where the upstream's name does not tell it. */
  readonly awsRegion?: string
  readonly allowMcp: boolean
}

/**
 * `<provider>.key`, the parts of a source (`<provider>.oauth-client-secret` …), `proxy.https`, `proxy.http`, `run-token` (the
 * 36-character core), `control-token`, `oidc.url` and `oidc.token` (what the runner gives for GitHub's OIDC), `header.<name>`,
 * `command-env.<name>`.
 */
export type SecretName =
  | `${ProviderId}.key`
  | `${ProviderId}.${'oauth-client-secret' | 'oauth-refresh-token' | 'github-app-private-key'}`
  | 'oidc.url'
  | 'oidc.token'
  | `command-env.${string}`
  | 'proxy.https'
  | 'proxy.http'
  | 'run-token'
  | 'control-token'
  | `header.${string}`

/** The one message on the sidecar's stdin. */
export interface LaunchMessage {
  readonly config: SidecarConfig
  readonly secrets: Readonly<Partial<Record<SecretName, string>>>
}

/** Lines of JSON on fd 3, sidecar → action, in this order: validated, then ready or failed. */
export type SidecarReply =
  | { readonly kind: 'validated'; readonly checks: readonly ProviderCheck[] }
  | {
      readonly kind: 'ready'
      readonly runId: string
      readonly pid: number
      readonly ports: Readonly<Partial<Record<ProviderId, number>>>
      readonly managementPort: number
    }
  | { readonly kind: 'failed'; readonly reason: string }

export type Verdict = 'valid' | 'rejected' | 'inconclusive' | 'unchecked'

/** What the probe of one provider found; the annotation, the `validation` output and the summary are made from it. */
export interface ProviderCheck {
  readonly provider: ProviderId
  readonly verdict: Verdict
  /** Row of the error dictionary, e.g. `openai-key-rejected`; `ok` when valid. */
  readonly cause: string
  /** One sentence: what happened at which host. */
  readonly message: string
  /** One sentence: what to do. Empty when valid. */
  readonly fix: string
  /** Status of the decisive answer, null when none came. */
  readonly status: number | null
  readonly ms: number
  /** The upstream that will be used (after discovery). */
  readonly upstream: Upstream
  readonly routing: RoutingMode
  /** Why this routing mode was chosen. */
  readonly routingReason: string
  /** Authorization scheme pinned for Copilot; `bearer` elsewhere. */
  readonly scheme: 'bearer' | 'token'
  /** Model ids of the listing, at most 500; empty when the upstream has no listing. */
  readonly models: readonly string[]
  /** Set when `model` was asked for and is not in the listing: the nearest names, best first, at most 3. */
  readonly missingModel?: { readonly wanted: string; readonly nearest: readonly string[] }
}

/** With `validate: strict`, a check that must stop the run: the key does not work, or the model asked for is not there. */
export function isBlockingCheck(check: ProviderCheck): boolean {
  return check.verdict === 'rejected' || check.missingModel !== undefined
}
