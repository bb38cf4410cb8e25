import { isIpLiteral } from '../hostname.ts'
import { parseAllowedIps } from './parse-allowed-ips.ts'
import { parseRule } from './parse-rule.ts'
import { HTTP_PORT, TLS_PORT } from './parsed-rule.ts'
import type { BlockReason, Destination, RuleText } from './policy.ts'
import { renderDestination } from './render-rule.ts'

/** A line to paste, with the input whose grammar takes it. */
export interface SuggestedLine {
  readonly input: 'allowed-domains' | 'allowed-ips'
  readonly line: RuleText
}

/** Reasons that a rule can answer; a denied name, or one that leads inside, is no candidate. */
const ANSWERABLE: ReadonlySet<BlockReason> = new Set(['not-allowed', 'port-not-allowed', 'address-literal'])

/**
 * The line that would let a blocked destination pass, for everybody who offers one. Names are chosen by whoever was blocked: a word that
 * is a bundle's name would open the whole bundle, so only what the parsers read as a rule for this one destination is given.
 * @returns undefined where no rule can answer the reason or name the destination.
 */
export function deriveSuggestedLine(
  reason: BlockReason,
  { name, port, scheme }: Destination,
): SuggestedLine | undefined {
  if (!ANSWERABLE.has(reason)) return undefined
  if (isIpLiteral(name)) {
    const line = renderDestination(name, port, 'tcp')
    const { faults } = parseAllowedIps(line, { input: 'allowed-ips' })
    return faults.length === 0 ? { input: 'allowed-ips', line } : undefined
  }
  // There is no rule for TLS on the port of HTTP, or the other way round.
  const isOdd = (scheme === 'https' && port === HTTP_PORT) || (scheme === 'http' && port === TLS_PORT)
  const line = renderDestination(name, port, isOdd ? 'tcp' : scheme)
  return parseRule(line).kind === 'allow' ? { input: 'allowed-domains', line } : undefined
}
