import { PROVIDER_IDS } from '../providers/provider.ts'
import type { ProviderFigures, TrafficReport } from '../report.ts'
import { createReport, increase, openFigures, openModel } from './create-report.ts'

/**
 * The figures of several reports together, as a new report: those of a worker that died and of the one after it. The bound on
 * models holds for the sum too.
 */
export function mergeReports(reports: readonly TrafficReport[]): TrafficReport {
  const sum = createReport()
  for (const report of reports) {
    sum.workerRestarts += report.workerRestarts
    sum.lostLogLines += report.lostLogLines
    addCounts(sum.refusals, report.refusals)
    for (const id of PROVIDER_IDS) {
      const figures = report.providers[id]
      if (figures !== undefined) addFigures(openFigures(sum, id), figures)
    }
  }
  return sum
}

const SUMMED = [
  'requests',
  'errors',
  'refused',
  'replayed',
  'tokensInput',
  'tokensOutput',
  'tokensCached',
  'bytesIn',
  'bytesOut',
  'latencySumMs',
] as const satisfies readonly (keyof ProviderFigures)[]

function addFigures(sum: ProviderFigures, figures: ProviderFigures): void {
  for (const field of SUMMED) sum[field] += figures[field]
  for (const [index, count] of figures.latency.entries()) sum.latency[index] = (sum.latency[index] ?? 0) + count
  addCounts(sum.statuses, figures.statuses)
  for (const [name, model] of Object.entries(figures.models)) {
    const row = openModel(sum, name)
    row.requests += model.requests
    row.input += model.input
    row.output += model.output
  }
}

function addCounts(sum: Record<string, number>, counts: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(counts)) increase(sum, name, count)
}
