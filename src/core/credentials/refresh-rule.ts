import type { ApiDialect } from '../providers/provider.ts'

/** An answer of an upstream that means: this credential is no longer good, renew it and repeat the request once. */
export interface RefreshRule {
  readonly status: number
  /** Must stand in the body, spelled exactly; absent = the status alone says it. */
  readonly text?: string
}

/** When a credential is renewed because of an answer, and how much of a body is held for the repetition. */
export interface RefreshPolicy {
  readonly onStatus: readonly RefreshRule[]
  /** Bytes; 0 = nothing is repeated. */
  readonly replayBufferBytes: number
}

/** AWS never says 401: an ended session is one of these, told by the name of the exception. */
const AWS_RULES: readonly RefreshRule[] = [
  { status: 403, text: 'ExpiredToken' },
  { status: 400, text: 'ExpiredToken' },
]

/** The rules for a provider: those that are configured, and for Bedrock the spelling that AWS has for an ended session. */
export function deriveRefreshRules(configured: readonly RefreshRule[], dialect: ApiDialect): readonly RefreshRule[] {
  return dialect === 'bedrock' ? [...configured, ...AWS_RULES] : configured
}

/** What applies where nothing is configured. */
export const DEFAULT_REFRESH_POLICY: RefreshPolicy = {
  onStatus: [{ status: 401 }],
  replayBufferBytes: 32 * 1024 * 1024,
}
