import type { LevelName } from '../cases/case.ts'
import type { CaseResult } from './run-cases.ts'

/** True when a case went as a firewall wants it: a bypass stopped, a use kept. */
export function isGood({ one, findings }: CaseResult): boolean {
  return findings.length === 0 || one.kind === 'open'
}

/** The table of rows × levels, as it stands in the documentation: how many of a row's cases were stopped or kept. */
export function renderReport(results: ReadonlyMap<LevelName, readonly CaseResult[]>): string {
  const levels = [...results.keys()]
  const rows = [...new Set([...results.values()].flat().map(({ one }) => one.row))].filter(
    (row) => row !== 'open by design',
  )
  const cell = (level: LevelName, fits: (result: CaseResult) => boolean): string => {
    const all = (results.get(level) ?? []).filter(fits)
    return `${all.filter(isGood).length}/${all.length}`
  }
  const lines = rows.map(
    (row) => `| ${row} | ${levels.map((level) => cell(level, ({ one }) => one.row === row)).join(' | ')} |`,
  )
  const total = levels.map((level) => cell(level, ({ one }) => one.kind === 'bypass'))
  return [
    `| stopped or kept | ${levels.join(' | ')} |`,
    `|---|${levels.map(() => '---|').join('')}`,
    ...lines,
    `| all bypasses | ${total.join(' | ')} |`,
  ].join('\n')
}
