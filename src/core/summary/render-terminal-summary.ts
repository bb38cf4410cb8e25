import type { EgressEvent } from '../egress-event.ts'
import type { FirewallLevel } from '../firewall-level.ts'
import { deriveSuggestions } from '../policy/suggestions.ts'
import { PROVIDER_IDS } from '../providers/provider.ts'
import { PROVIDERS } from '../providers/table.ts'
import { REFUSALS, type RefusalCode } from '../refusals.ts'
import { deriveLatencyQuantile } from '../report/derive-latency-quantile.ts'
import type { EgressReport } from '../report/egress-report.ts'
import { renderCount } from '../report/render-figures.ts'
import type { ProviderFigures, TrafficReport } from '../report.ts'

export interface TerminalSummaryFacts {
  readonly report: TrafficReport
  /** Absent without a firewall. */
  readonly level?: FirewallLevel | undefined
  /** Absent without one, or when its log could not be read. */
  readonly egress?: EgressReport | undefined
}

const MOST_ROWS = 10

/** The end of a run for a terminal, one line each: traffic, refusals, what the firewall stopped. Blocked names are foreign text. */
export function renderTerminalSummary({ report, level, egress }: TerminalSummaryFacts): readonly string[] {
  const used = PROVIDER_IDS.flatMap((id) => {
    const figures = report.providers[id]
    return figures === undefined || figures.requests === 0
      ? []
      : [`  ${PROVIDERS[id].label}: ${renderFigures(figures)}`]
  })
  const refusals = Object.entries(report.refusals)
    .slice(0, MOST_ROWS)
    .map(([code, times]) => `  refused ${times}× ${code}: ${explainRefusal(code)}`)
  return [
    used.length === 0 ? 'Summary: no request reached the sidecar' : 'Summary',
    ...used,
    ...refusals,
    ...(level === undefined ? [] : renderFirewall(level, egress)),
  ]
}

function renderFigures(figures: ProviderFigures): string {
  const { requests, errors, tokensInput, tokensOutput } = figures
  const median = deriveLatencyQuantile(figures, 0.5)
  return [
    `${renderCount(requests)} ${requests === 1 ? 'request' : 'requests'}`,
    ...(errors === 0 ? [] : [`${renderCount(errors)} answered with an error`]),
    `${renderCount(tokensInput)} tokens in, ${renderCount(tokensOutput)} out`,
    ...(median === undefined ? [] : [`first byte after ${Math.round(median)} ms (median)`]),
  ].join(', ')
}

function explainRefusal(code: string): string {
  return Object.hasOwn(REFUSALS, code) ? REFUSALS[code as RefusalCode].sentence : 'not one of our codes'
}

function renderFirewall(level: FirewallLevel, egress: EgressReport | undefined): readonly string[] {
  if (egress === undefined) return [`  firewall (${level}): its log could not be read`]
  const { allowed, blocked, failed, 'would-block': wouldBlock } = egress.totals
  const figures = [
    `${renderCount(allowed)} allowed`,
    // Audit mode stops only what can be read in two ways, and it must not look as if it stopped more.
    ...(blocked === 0 && wouldBlock > 0 ? [] : [`${renderCount(blocked)} blocked`]),
    ...(wouldBlock === 0 ? [] : [`${renderCount(wouldBlock)} that block mode would stop`]),
    `${renderCount(failed)} allowed but failed`,
  ]
  const suggestions = deriveSuggestions(egress.blocked).slice(0, MOST_ROWS)
  return [
    `  firewall (${level}): ${figures.join(', ')}`,
    ...egress.blocked.slice(0, MOST_ROWS).map(renderStopped),
    ...suggestions.map(({ input, line, warnings }) =>
      [`  if it is wanted: --${input} '${line}'`, ...warnings].join('; '),
    ),
  ]
}

function renderStopped({ verdict, host, address, port, reason, count: times = 1 }: EgressEvent): string {
  const where = `${host ?? address ?? 'unknown'}${port === null ? '' : `:${port}`}`
  return `  ${verdict === 'would-block' ? 'would be blocked' : 'blocked'} ${times}× ${where} (${reason ?? 'unknown'})`
}
