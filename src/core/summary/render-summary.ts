import { PROVIDER_IDS } from '../providers/provider.ts'
import { PROVIDERS } from '../providers/table.ts'
import { REFUSALS, type RefusalCode } from '../refusals.ts'
import { deriveLatencyQuantile } from '../report/derive-latency-quantile.ts'
import { renderCount, renderDuration, renderSize } from '../report/render-figures.ts'
import type { ProviderFigures, TrafficReport } from '../report.ts'
import type { ProviderCheck, Verdict } from '../sidecar-config.ts'
import { renderAuthority } from '../upstream.ts'
import { escapeCode, escapeText } from './escape-markup.ts'
import { renderChart } from './render-chart.ts'

/**
 * Room: summary. Turns what the run has found and done into the Markdown of the job summary. Never knows: files, the runner,
 * secrets. Called by: action (post) and the terminal face.
 */
export interface SummaryFacts {
  readonly topology: string
  readonly checks: readonly ProviderCheck[]
  readonly report: TrafficReport
  /** Where the figures come from: the sidecar's own count, or its log when it could not be asked. */
  readonly source: 'sidecar' | 'log'
  /** True when the job has `id-token: write`. */
  readonly hasOidc: boolean
  /** What the firewall has to say, as Markdown; empty or absent without one. */
  readonly firewall?: string
  /** True when every provider was skipped and only the firewall stood. */
  readonly isFirewallOnly?: boolean
}

/** GitHub drops a summary of more than 1 MiB with an error; ours stays far below, whatever the log holds. */
const LARGEST_BYTES = 900_000

/** There are fewer codes than this; a log that was tampered with may hold any number. */
const MOST_REFUSAL_ROWS = 50

/** The runner gives the means to every step of the job and sets them last, so that this action cannot take them away. */
const OIDC_HOLE =
  '⚠️ This job has `id-token: write`: every step of it, the agent included, can mint OIDC assertions for any audience. Start the agent with `env -u ACTIONS_ID_TOKEN_REQUEST_URL -u ACTIONS_ID_TOKEN_REQUEST_TOKEN`, and bind the trust policies of your issuers to an environment.'

/** Renders the summary: verdict, what was blocked and refused, keys, traffic with a chart, models. */
export function renderSummary(facts: SummaryFacts): string {
  const always = [
    '## Agent proxy',
    renderVerdictLine(facts),
    ...(facts.hasOidc ? [OIDC_HOLE] : []),
    ...(facts.firewall ? [facts.firewall.trimEnd()] : []),
    ...renderRefusals(facts.report),
    ...(facts.isFirewallOnly ? [] : [renderKeys(facts)]),
    ...renderTraffic(facts.report),
    ...renderChart(facts.report),
  ]
  const whole = [...always, ...renderModels(facts.report)].join('\n\n')
  return `${Buffer.byteLength(whole) < LARGEST_BYTES ? whole : always.join('\n\n')}\n`
}

function renderVerdictLine({ report, source, checks, isFirewallOnly }: SummaryFacts): string {
  if (isFirewallOnly) return 'Every provider was skipped in this job; the firewall stood alone.'
  const all = Object.values(report.providers)
  const requests = sum(all, 'requests')
  const notes: string[] = []
  if (source === 'log') notes.push('The sidecar could not be asked at the end; these figures are counted from its log.')
  if (report.workerRestarts > 0) notes.push(`The worker was restarted ${times(report.workerRestarts)}.`)
  if (report.lostLogLines > 0) notes.push(`${report.lostLogLines} log lines were lost.`)
  return [`${decideVerdict(report, requests)}${renderDoubts(checks)}`, ...notes].join(' ')
}

function times(number: number): string {
  return number === 1 ? 'once' : `${number} times`
}

function decideVerdict(report: TrafficReport, requests: number): string {
  const all = Object.values(report.providers)
  if (requests === 0) {
    return '⚠️ **No request reached the sidecar.** Either no agent ran, or it did not use the exported variables and called its provider itself.'
  }
  const refused = sum(all, 'refused')
  const errors = sum(all, 'errors')
  const tokens = `${renderCount(sum(all, 'tokensInput'))} tokens in, ${renderCount(sum(all, 'tokensOutput'))} out`
  const figures = `${renderCount(requests)} ${requests === 1 ? 'request' : 'requests'}, ${tokens}`
  if (refused === 0 && errors === 0) return `✅ **${figures}**, nothing refused, no upstream error.`
  return `⚠️ **${figures}**, ${renderCount(refused)} refused, ${renderCount(errors)} upstream ${errors === 1 ? 'error' : 'errors'}.`
}

function renderDoubts(checks: readonly ProviderCheck[]): string {
  const open = checks.filter((check) => check.verdict !== 'valid')
  if (open.length === 0) return ''
  return ` Not confirmed at the start: ${open.map((check) => PROVIDERS[check.provider].label).join(', ')}.`
}

function renderRefusals(report: TrafficReport): string[] {
  const rows = Object.entries(report.refusals)
    .sort(([, left], [, right]) => right - left)
    .slice(0, MOST_REFUSAL_ROWS)
  if (rows.length === 0) return []
  const lines = rows.map(
    ([code, times]) => `| ${escapeCode(code)} | ${renderCount(times)} | ${escapeText(explainRefusal(code))} |`,
  )
  return ['### Refused by the sidecar', ['| Code | Times | Why |', '| --- | ---: | --- |', ...lines].join('\n')]
}

function explainRefusal(code: string): string {
  return Object.hasOwn(REFUSALS, code) ? REFUSALS[code as RefusalCode].sentence : ''
}

const VERDICTS: Readonly<Record<Verdict, string>> = {
  valid: '✅ valid',
  rejected: '❌ rejected',
  inconclusive: '❔ inconclusive',
  unchecked: '– not checked',
}

function renderKeys({ checks, topology }: SummaryFacts): string {
  const lines = checks.map((check) => {
    const host = escapeCode(renderAuthority(check.upstream))
    const mode = check.provider === 'copilot' ? `${check.routing} (${escapeText(check.routingReason)})` : check.routing
    const detail = check.verdict === 'valid' ? '' : ` ${escapeText(`${check.message} ${check.fix}`)}`
    return `| ${PROVIDERS[check.provider].label} | ${host} | ${mode} | ${VERDICTS[check.verdict]}${detail} |`
  })
  const table = ['| Provider | Host | Mode | Credential |', '| --- | --- | --- | --- |', ...lines].join('\n')
  return `### Keys (${escapeText(topology)})\n\n${table}`
}

function renderTraffic(report: TrafficReport): string[] {
  const lines = PROVIDER_IDS.flatMap((id) => {
    const figures = report.providers[id]
    return figures === undefined || figures.requests === 0 ? [] : [renderTrafficRow(PROVIDERS[id].label, figures)]
  })
  if (lines.length === 0) return []
  const head = [
    '| Provider | Requests | Errors | Tokens in | Cached | Tokens out | First byte | 95 % |',
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
  ]
  return ['### Traffic', [...head, ...lines].join('\n'), renderTrafficNote(report)]
}

function renderTrafficRow(label: string, figures: ProviderFigures): string {
  const cells = [
    label,
    renderCount(figures.requests),
    renderCount(figures.errors),
    renderCount(figures.tokensInput),
    renderCount(figures.tokensCached),
    renderCount(figures.tokensOutput),
    renderDuration(deriveLatencyQuantile(figures, 0.5)),
    renderDuration(deriveLatencyQuantile(figures, 0.95)),
  ]
  return `| ${cells.map(unbroken).join(' | ')} |`
}

/** The table is as wide as GitHub's column: a number must not be torn from its unit. */
function unbroken(text: string): string {
  return text.replaceAll(' ', '\u00a0')
}

function renderTrafficNote(report: TrafficReport): string {
  const all = Object.values(report.providers)
  const bytes = `${renderSize(sum(all, 'bytesIn'))} sent, ${renderSize(sum(all, 'bytesOut'))} received.`
  return `Cached is part of tokens in. First byte: the median, and what 95 % of the requests stayed below. ${bytes}`
}

function renderModels(report: TrafficReport): string[] {
  const lines = PROVIDER_IDS.flatMap((id) =>
    Object.entries(report.providers[id]?.models ?? {}).map(
      ([model, { requests, input, output }]) =>
        `| ${PROVIDERS[id].label} | ${escapeCode(model)} | ${renderCount(requests)} | ${renderCount(input)} | ${renderCount(output)} |`,
    ),
  )
  if (lines.length === 0) return []
  const head = ['| Provider | Model | Requests | Tokens in | Tokens out |', '| --- | --- | ---: | ---: | ---: |']
  return [`<details><summary>Models</summary>\n\n${[...head, ...lines].join('\n')}\n\n</details>`]
}

type Summed = 'requests' | 'refused' | 'errors' | 'tokensInput' | 'tokensOutput' | 'bytesIn' | 'bytesOut'

function sum(all: readonly ProviderFigures[], field: Summed): number {
  return all.reduce((total, figures) => total + figures[field], 0)
}
