import type { Hostname } from '../hostname.ts'
import type { BlockReason, RuleScheme } from '../policy/policy.ts'
import { BLOCK_REASONS } from '../policy/reasons.ts'
import { renderRule } from '../policy/render-rule.ts'

/** What a refused client reads: why, and what would allow it. Names in it were parsed, so they hold no markup and no control. */
export interface BlockedDestination {
  readonly host: Hostname | null
  readonly port: number | null
  readonly scheme: RuleScheme
  readonly reason: BlockReason
}

/** Reasons that a line in allowed-domains would remove. */
const CURABLE: ReadonlySet<BlockReason> = new Set(['not-allowed', 'port-not-allowed'])

/** Plain text of a few lines, ended by LF. */
export function explainBlock({ host, port, scheme, reason }: BlockedDestination): string {
  const where = host === null ? 'The connection' : `${host}${port === null ? '' : `:${port}`}`
  const lines = [`setup-agent-proxy: ${where} was blocked (${reason}). ${BLOCK_REASONS[reason].sentence}`]
  if (CURABLE.has(reason) && host !== null && port !== null) {
    const rule = renderRule({ kind: 'host', name: host, scheme, port })
    lines.push(`If the step needs it, add this line to the input allowed-domains: ${rule}`)
  }
  return `${lines.join('\n')}\n`
}
