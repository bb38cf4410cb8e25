import type { TokenUsage } from '../events.ts'

/**
 * Room: usage. Reads tokens and model names from bytes that pass by; never delays, changes or keeps them, never throws on
 * them, and holds a bounded part. What an answer is gets decided by its shape, not by the provider's name: Copilot and own
 * gateways speak several dialects on one port. Called by: sidecar (after decompression), never by action.
 */
export interface UsageMeter {
  /** Takes the next bytes of the decoded body, cut anywhere. The caller must not write to the array before `end`. */
  push(bytes: Uint8Array): void
  /** Says that no more bytes come; what was held back is read now. Further calls do nothing. */
  end(): void
  /** Tokens reported so far; undefined as long as the upstream named none. */
  readonly usage: TokenUsage | undefined
  /** The model that the upstream says it used. */
  readonly model: string | undefined
}
