import { BLOCK_REASONS } from '../policy/reasons.ts'
import type { BlockedGroup, EgressDigest } from '../report/egress-digest.ts'
import { renderCount } from '../report/render-figures.ts'
import { cleanText } from './clean-text.ts'
import type { Cell, Table } from './page.ts'
import type { FirewallStatus, StatusFacts } from './status.ts'

/** What wanted out and may not; no table without a firewall. */
export function deriveFirewallTable({ firewall, redact }: StatusFacts): readonly Table[] {
  if (firewall === null) return []
  const { level, mode, digest } = firewall
  return [
    {
      id: 'firewall',
      caption: `Firewall: ${level}, ${mode}`,
      note: renderNote(firewall),
      columns: [
        { title: mode === 'audit' ? 'Host that would be blocked' : 'Blocked host', kind: 'code' },
        { title: 'Port', kind: 'number' },
        { title: 'Protocol', kind: 'text', isExtra: true },
        { title: 'Times', kind: 'number' },
        { title: 'Program', kind: 'code', isExtra: true },
        { title: 'Why', kind: 'text' },
      ],
      rows: (digest?.blocked ?? []).map((group) => renderRow(group, redact)),
      empty: digest === null ? 'What it blocks is not known.' : 'Nothing was blocked.',
    },
  ]
}

function renderNote({ digest }: FirewallStatus): string {
  if (digest === null) return 'Its log could not be read yet.'
  const { totals, relayRestarts, isPartial } = digest
  const restarts = relayRestarts === 0 ? '' : ` The relay was restarted ${renderTimes(relayRestarts)}.`
  const part = isPartial ? ' Counted from the end of a long log.' : ''
  return `${renderTotals(totals)}.${restarts}${part}`
}

function renderTotals(totals: EgressDigest['totals']): string {
  const would = totals['would-block'] === 0 ? [] : [`${renderCount(totals['would-block'])} would be blocked`]
  return [
    `${renderCount(totals.blocked)} blocked`,
    ...would,
    `${renderCount(totals.failed)} failed`,
    `${renderCount(totals.allowed)} allowed`,
  ].join(', ')
}

function renderTimes(times: number): string {
  return times === 1 ? 'once' : `${renderCount(times)} times`
}

function renderRow(group: BlockedGroup, redact: (text: string) => string): readonly Cell[] {
  const clean = (text: string): string => cleanText(redact(text))
  return [
    clean(group.host ?? group.address ?? 'not known'),
    group.port === null ? '–' : String(group.port),
    group.protocol,
    renderCount(group.count),
    group.program === null ? '–' : clean(group.program),
    group.reason === undefined ? '' : BLOCK_REASONS[group.reason].sentence,
  ]
}
