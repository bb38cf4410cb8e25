import type { EgressEvent } from '../egress-event.ts'
import type { FirewallLevel } from '../firewall-level.ts'
import { BLOCK_REASONS } from '../policy/reasons.ts'
import type { Suggestion } from '../policy/suggestions.ts'
import type { EgressReport } from '../report/egress-report.ts'
import { renderCount } from '../report/render-figures.ts'
import { escapeCode, escapeText } from './escape-markup.ts'

export interface FirewallSummaryFacts {
  readonly level: FirewallLevel
  readonly mode: 'block' | 'audit'
  /** What stays open although it should not, beside what the level cannot do: sentences. */
  readonly limits: readonly string[]
  /** null when the log could not be read. */
  readonly report: EgressReport | null
  readonly suggestions: readonly Suggestion[]
  /** True on a runner that seems to have GitHub's own egress firewall. */
  readonly hasNativeFirewall: boolean
}

/** Rows of one table, and its size: foreign text grows when it is escaped. Together less than 200 rows and 256 KiB. */
const BOUNDS = {
  blocked: { rows: 100, bytes: 96_000 },
  failed: { rows: 30, bytes: 32_000 },
  cut: { rows: 20, bytes: 16_000 },
  allowed: { rows: 40, bytes: 48_000 },
  suggestions: { rows: 50, bytes: 24_000 },
  limits: { rows: 20, bytes: 16_000 },
} as const

/** What a level cannot do, whatever is configured. */
const LEVEL_LIMITS: Readonly<Record<FirewallLevel, readonly string[]>> = {
  enforced: [],
  wrapped: ['Only what runs under agent-exec is filtered: other steps and what it leaves behind for them are not.'],
  cooperative: [
    'Only programs that obey the proxy variables are filtered: any other connects as it likes.',
    'The sidecar keeps keys from accidents only, not from the agent.',
  ],
}

const PASTE_WARNING =
  'Look before you paste: a blocked host may be the very attempt that the firewall was there to stop. Allow what the task needs, not what was asked for most.'

/** Renders the part of the job summary about the firewall; its first line says what is not protected. */
export function renderFirewall(facts: FirewallSummaryFacts): string {
  const { report } = facts
  return [
    '### Firewall',
    renderFirstLine(facts),
    ...(facts.hasNativeFirewall ? [TWO_FIREWALLS] : []),
    ...(report === null
      ? ['⚠️ **The log of the firewall could not be read**: what it blocked is not known.']
      : [
          renderTotals(report),
          ...renderTable({ title: '#### Blocked', groups: report.blocked, bounds: BOUNDS.blocked }),
          ...renderTable({ title: '#### Allowed, but failed', groups: report.failed, bounds: BOUNDS.failed }),
          ...renderSuggestions(facts.suggestions),
          ...fold(CUT, renderTable({ title: '', groups: report.cut.map(withoutReason), bounds: BOUNDS.cut })),
          ...fold('Allowed', renderTable({ title: '', groups: report.allowed, bounds: BOUNDS.allowed })),
        ]),
    '',
  ].join('\n\n')
}

const CUT = 'Packets of connections that were open before the firewall, or of answers to calls from outside'

/** What to know where GitHub seems to filter too: the name of an image and a file are all that this can be told by. */
export const TWO_FIREWALLS =
  'This runner seems to have GitHub’s own egress firewall outside the machine. It decides last: a host must be allowed by both.'

function renderFirstLine({ level, mode, limits }: FirewallSummaryFacts): string {
  const open = [...LEVEL_LIMITS[level], ...limits.map(escapeText)]
  const sentences = takeBounded(open, BOUNDS.limits).lines
  const audit = mode === 'audit' ? ['nothing is blocked in audit mode.'] : []
  const all = [...audit, ...sentences]
  const state = `**${level}, ${mode}**`
  return all.length === 0 ? `✅ ${state}.` : `⚠️ ${state}. **Not protected:** ${all.join(' ')}`
}

function renderTotals({ totals, relayRestarts, lostLines, isTruncated }: EgressReport): string {
  const would = totals['would-block'] === 0 ? '' : `, ${renderCount(totals['would-block'])} would be blocked`
  const notes = [
    ...(relayRestarts === 0
      ? []
      : [`The relay was restarted ${relayRestarts === 1 ? 'once' : `${relayRestarts} times`}.`]),
    ...(lostLines === 0 ? [] : [`${renderCount(lostLines)} lines of the log are lost or unreadable.`]),
    ...(isTruncated ? ['There were more different destinations than are listed.'] : []),
  ]
  const figures = `${renderCount(totals.blocked)} blocked${would}, ${renderCount(totals.failed)} failed, ${renderCount(totals.allowed)} allowed.`
  return [figures, ...notes].join(' ')
}

interface Table {
  readonly title: string
  readonly groups: readonly EgressEvent[]
  readonly bounds: Bounds
}

function renderTable({ title, groups, bounds }: Table): readonly string[] {
  if (groups.length === 0) return []
  const { lines, left } = takeBounded(groups.map(renderRow), bounds)
  const head = ['| Host | Port | Protocol | Times | Program | Why |', '| --- | ---: | --- | ---: | --- | --- |']
  const more = left === 0 ? [] : [`… and ${renderCount(left)} more in the log.`]
  return [...(title === '' ? [] : [title]), [...head, ...lines].join('\n'), ...more]
}

function renderRow(group: EgressEvent): string {
  const cells = [
    escapeCode(group.host ?? group.address ?? 'not known'),
    group.port === null ? '–' : String(group.port),
    group.protocol,
    renderCount(group.count ?? 1),
    group.program === null ? nameUser(group.uid) : escapeCode(group.program),
    renderWhy(group),
  ]
  return `| ${cells.join(' | ')} |`
}

/** The reason of such packets is the title; the sentence of the table of reasons would be about other protocols. */
function withoutReason({ reason: _, ...group }: EgressEvent): EgressEvent {
  return group
}

function nameUser(uid: number | null): string {
  return uid === null ? 'not known' : `uid ${uid}`
}

function renderWhy({ verdict, reason, rule, failure }: EgressEvent): string {
  const would = verdict === 'would-block' ? 'Would be blocked: ' : ''
  const sentence = reason === undefined ? '' : escapeText(BLOCK_REASONS[reason].sentence)
  const error = failure === undefined ? '' : escapeCode(failure)
  const named = rule === undefined ? '' : `(${escapeCode(rule)})`
  return [would + sentence, error, named].filter((part) => part !== '').join(' ')
}

function renderSuggestions(suggestions: readonly Suggestion[]): readonly string[] {
  const blocks = (['allowed-domains', 'allowed-ips'] as const).flatMap((input) => {
    const mine = suggestions.filter((suggestion) => suggestion.input === input && isPasteable(suggestion.line))
    const { lines } = takeBounded(mine.map(renderSuggestion), BOUNDS.suggestions)
    return lines.length === 0 ? [] : [['```yaml', `${input}: |`, ...lines, '```'].join('\n')]
  })
  return blocks.length === 0 ? [] : ['#### If these should be allowed', PASTE_WARNING, ...blocks]
}

/** Only what a rule can be made of may stand in a block that people paste; a text that ends the block would be markup again. */
function isPasteable(line: string): boolean {
  return /^[a-z0-9._*:/[\]-]{1,300}$/.test(line)
}

function renderSuggestion({ line, warnings }: Suggestion): string {
  const comment = warnings.map((warning) => warning.replace(/[^\p{L}\p{N} .,;:'’*()/-]+/gu, ' ')).join('; ')
  return `  ${line}${comment === '' ? '' : ` # ${comment.slice(0, 300)}`}`
}

function fold(title: string, parts: readonly string[]): readonly string[] {
  return parts.length === 0 ? [] : [`<details><summary>${title}</summary>\n\n${parts.join('\n\n')}\n\n</details>`]
}

interface Bounds {
  readonly rows: number
  readonly bytes: number
}

/** As many lines as fit both bounds, and how many are left. */
function takeBounded(all: readonly string[], { rows, bytes }: Bounds): { lines: readonly string[]; left: number } {
  let used = 0
  const lines: string[] = []
  for (const line of all) {
    used += Buffer.byteLength(line) + 1
    if (lines.length === rows || used > bytes) break
    lines.push(line)
  }
  return { lines, left: all.length - lines.length }
}
