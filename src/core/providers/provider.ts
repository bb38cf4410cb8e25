import type { Upstream } from '../upstream.ts'

/**
 * Room: providers. One row per provider says what differs between them; few places branch on a provider's name, each because of a
 * rule that holds for that one alone. Never knows: the network, the environment, secrets. Called by: inputs, routing, headers, probes, environment.
 */
export type ProviderId = 'openai' | 'anthropic' | 'copilot' | 'gemini' | 'vertex' | 'byok'

export const PROVIDER_IDS = ['openai', 'anthropic', 'copilot', 'gemini', 'vertex', 'byok'] as const

/** Which API the upstream speaks: decides the credential header, the error envelope, the probe and the token meter. */
export type ApiDialect = 'openai' | 'azure' | 'anthropic' | 'google' | 'copilot' | 'bedrock'

export type RoutingMode = 'inject' | 'passthrough' | 'exchange'

export interface ProviderRow {
  readonly id: ProviderId
  /** As users read it. */
  readonly label: string
  /** Preferred loopback port; if taken, any free one. */
  readonly preferredPort: number
  readonly dialect: ApiDialect
  /** Upstream when no base URL is given; absent where it follows from the topology (copilot) or must be given (byok). */
  readonly defaultUpstream?: Upstream
  /** Input that holds the credential, and the one that moves the upstream. */
  readonly keyInput: string
  readonly baseUrlInput: string
  /** Host path that the base URL exported to the agent ends in, e.g. `/v1`. */
  readonly clientBasePath: string
}
