/**
 * The per-run token that stands in the agent's environment where a key would stand. One random core of 36 characters, in two
 * spellings: `ghs_` for Copilot (other prefixes are skipped or cost the user's MCP servers: measured with copilot
 * 1.0.92 and 1.0.102) and a neutral one for everybody else (not `sk-ant-`: Claude Code 2.1.330 sends that to api.anthropic.com).
 */
const CORE = /^[A-Za-z0-9]{36}$/

const TOKEN_PREFIXES = { copilot: 'ghs_', other: 'agentproxy-' } as const

export interface RunTokens {
  readonly copilot: string
  readonly other: string
}

/** Spells the tokens from 36 random alphanumeric characters. Throws RangeError on anything else. */
export function deriveRunTokens(core: string): RunTokens {
  if (!CORE.test(core)) throw new RangeError('Cannot derive run tokens: the core is not 36 alphanumeric characters')
  return { copilot: TOKEN_PREFIXES.copilot + core, other: TOKEN_PREFIXES.other + core }
}

/** True for a value of this shape: our own placeholder given back as an input must be refused, not sent upstream. */
export function looksLikeRunToken(text: string): boolean {
  return text.startsWith(TOKEN_PREFIXES.other) && CORE.test(text.slice(TOKEN_PREFIXES.other.length))
}
