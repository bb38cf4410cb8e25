import { renderCount } from '../report/render-figures.ts'
import type { ProviderFigures, TrafficReport } from '../report.ts'
import { deriveFirewallTable } from './firewall-table.ts'
import type { Figure, Page } from './page.ts'
import { deriveRequestTable } from './request-table.ts'
import type { StatusFacts } from './status.ts'
import { deriveKeyTable, deriveModelTable, deriveRefusalTable, deriveTrafficTable } from './tables.ts'

/** Puts the facts of this moment into words and tables. */
export function derivePage(facts: StatusFacts): Page {
  const { report, runId, version, time } = facts
  return {
    title: 'Agent proxy',
    sentence: renderSentence(report),
    figures: deriveFigures(facts),
    tables: [
      deriveKeyTable(facts),
      ...deriveFirewallTable(facts),
      ...deriveRefusalTable(report),
      deriveTrafficTable(report),
      ...deriveModelTable(facts),
      deriveRequestTable(facts),
    ],
    foot: `Run ${runId}, version ${version}, seen at ${renderMoment(time)} UTC.`,
  }
}

function renderSentence(report: TrafficReport): string {
  const requests = sum(report, 'requests')
  if (requests === 0) return 'No request yet.'
  const [refused, errors] = [sum(report, 'refused'), sum(report, 'errors')]
  const bad = refused === 0 && errors === 0 ? 'nothing refused, no upstream error' : renderBad(refused, errors)
  return `${renderCount(requests)} ${requests === 1 ? 'request' : 'requests'}, ${bad}.`
}

function renderBad(refused: number, errors: number): string {
  return `${renderCount(refused)} refused, ${renderCount(errors)} upstream ${errors === 1 ? 'error' : 'errors'}`
}

function deriveFigures({ report, firewall }: StatusFacts): readonly Figure[] {
  const blocked = firewall?.digest?.totals
  const isAudit = firewall?.mode === 'audit'
  return [
    { label: 'Requests', value: renderCount(sum(report, 'requests')) },
    { label: 'Tokens in', value: renderCount(sum(report, 'tokensInput')) },
    { label: 'of these cached', value: renderCount(sum(report, 'tokensCached')) },
    { label: 'Tokens out', value: renderCount(sum(report, 'tokensOutput')) },
    alarming('Refused', sum(report, 'refused')),
    alarming('Upstream errors', sum(report, 'errors')),
    ...(blocked === undefined
      ? []
      : [alarming(isAudit ? 'Would be blocked' : 'Blocked', blocked.blocked + blocked['would-block'])]),
    alarming('Worker restarts', report.workerRestarts),
  ]
}

function alarming(label: string, value: number): Figure {
  return value === 0 ? { label, value: '0' } : { label, value: renderCount(value), tone: 'doubtful' }
}

type Summed = 'requests' | 'refused' | 'errors' | 'tokensInput' | 'tokensOutput' | 'tokensCached'

function sum({ providers }: TrafficReport, field: Summed): number {
  return Object.values(providers).reduce((total: number, figures: ProviderFigures) => total + figures[field], 0)
}

function renderMoment(time: string): string {
  return time.replace('T', ' ').slice(0, 19)
}
