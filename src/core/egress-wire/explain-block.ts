import type { Hostname } from '../hostname.ts'
import type { BlockReason, RuleScheme } from '../policy/policy.ts'
import { BLOCK_REASONS } from '../policy/reasons.ts'
import { deriveSuggestedLine } from '../policy/suggested-line.ts'

/** What a refused client reads: why, and what would allow it. Names in it were parsed, so they hold no markup and no control. */
export interface BlockedDestination {
  readonly host: Hostname | null
  readonly port: number | null
  readonly scheme: RuleScheme
  readonly reason: BlockReason
}

/**
 * Plain text of a few lines, ended by LF: what was blocked, and the line that would allow it; where no rule can name the destination, the advice of the
 * reason.
 */
export function explainBlock({ host, port, scheme, reason }: BlockedDestination): string {
  const where = host === null ? 'The connection' : `${host}${port === null ? '' : `:${port}`}`
  const { sentence, fix } = BLOCK_REASONS[reason]
  const cure = host === null || port === null ? undefined : deriveSuggestedLine(reason, { name: host, port, scheme })
  const advice =
    cure === undefined ? fix : `If the step needs it, add this line to the input ${cure.input}: ${cure.line}`
  return `setup-agent-proxy: ${where} was blocked (${reason}). ${sentence}\n${advice}\n`
}
