import type { BlockReason, RuleScheme } from '../policy/policy.ts'
import { BLOCK_REASONS } from '../policy/reasons.ts'

/** What a refused client reads: why, and what would allow it. Names in it were parsed, so they hold no markup and no control. */
export interface BlockedDestination {
  readonly host: string | null
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
  if (CURABLE.has(reason) && host !== null) {
    lines.push(`If the step needs it, add this line to the input allowed-domains: ${renderRule(host, port, scheme)}`)
  }
  return `${lines.join('\n')}\n`
}

const DEFAULT_PORTS: Readonly<Record<RuleScheme, number | undefined>> = { https: 443, http: 80, tcp: undefined }

function renderRule(host: string, port: number | null, scheme: RuleScheme): string {
  const suffix = port === null || port === DEFAULT_PORTS[scheme] ? '' : `:${port}`
  return `${scheme === 'https' ? '' : `${scheme}://`}${host}${suffix}`
}
