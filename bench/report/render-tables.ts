import { decideGoal, GOALS } from '../measure/goals.ts'
import { deriveMetric, derivePaired, type Metric, type Results } from '../measure/samples.ts'

export interface TitledRow {
  readonly id: string
  readonly title: string
}

/**
 * Goals against what was measured, as a Markdown table.
 * @param isPartial only some rows were asked for: goals without a value are left out instead of called «not measured».
 */
export function renderGoals(results: Results, isPartial: boolean): string {
  const shown = isPartial ? GOALS.filter((goal) => goal.read(results) !== undefined) : GOALS
  const rows = shown.map((goal) => {
    const value = goal.read(results)
    const sign = goal.better === 'higher' ? '≥' : '≤'
    return [
      goal.what,
      value === undefined ? '–' : `${renderNumber(value)} ${goal.unit}`,
      `${sign} ${goal.floor}`,
      `${sign} ${goal.stretch}`,
      decideGoal(goal, value),
    ]
  })
  return renderTable(['what', 'measured', 'floor', 'stretch', 'verdict'], rows)
}

const COLUMNS: readonly { readonly metric: Metric; readonly title: string }[] = [
  { metric: 'rate', title: 'per second (MB where bytes)' },
  { metric: 'p50', title: 'p50 µs' },
  { metric: 'p99', title: 'p99 µs' },
  { metric: 'cpu', title: 'CPU µs each (s/GB)' },
  { metric: 'peak', title: 'peak MiB' },
  { metric: 'perStream', title: 'KiB each' },
  { metric: 'ms', title: 'ms' },
  { metric: 'rss', title: 'RSS MiB' },
  { metric: 'resident', title: 'shared once MiB' },
]

/** Everything measured: one table for each row, medians over the rounds; the ratio to a contender is formed inside each round. */
export function renderRows(rows: readonly TitledRow[], results: Results): string {
  return rows
    .filter((row) => (results.get(row.id)?.length ?? 0) > 0)
    .map((row) => `### ${row.title}\n\n${renderRow(row.id, results)}`)
    .join('\n\n')
}

function renderRow(id: string, results: Results): string {
  const names = [...new Set(results.get(id)?.flatMap((round) => [...round.keys()]))]
  const columns = COLUMNS.filter(({ metric }) =>
    names.some((name) => deriveMetric(results, id, name, metric) !== undefined),
  )
  const hasRate = columns.some(({ metric }) => metric === 'rate')
  const reference = REFERENCES.find((name) => names.includes(name)) ?? 'nginx'
  const header = ['', ...columns.map(({ title }) => title), ...(hasRate ? [`/ ${reference}`] : [])]
  const body = names.map((name) => [
    name,
    ...columns.map(({ metric }) => renderNumber(deriveMetric(results, id, name, metric))),
    ...(hasRate ? [renderNumber(deriveRatio(results, id, { name, reference }))] : []),
  ])
  return renderTable(header, body)
}

/** Whom a row is about, besides ours. */
const REFERENCES = ['nginx', 'squid', 'direct'] as const

type Pair = { readonly name: string; readonly reference: string }

function deriveRatio(results: Results, row: string, { name, reference }: Pair): number | undefined {
  return derivePaired(results, row, (round) => {
    const [own, other] = [round.get(name)?.rate, round.get(reference)?.rate]
    return own === undefined || other === undefined ? undefined : own / other
  })
}

/** Three significant digits, never in powers of ten. */
export function renderNumber(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return '–'
  const size = Math.abs(value)
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2)
}

/** Aligned Markdown; numbers to the right. */
export function renderTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((title, column) =>
    Math.max(3, title.length, ...rows.map((row) => (row[column] ?? '').length)),
  )
  const renderLine = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))).join(' | ')} |`
  const rule = `|${widths.map((width, column) => (column === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`
  return [renderLine(header), rule, ...rows.map(renderLine)].join('\n')
}
