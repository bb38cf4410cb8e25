import { PROVIDER_IDS } from '../providers/provider.ts'
import { REFUSALS } from '../refusals.ts'
import { LATENCY_BOUNDS_MS, type ProviderFigures, type TrafficReport } from '../report.ts'
import { parseFigure, parseOneOf, toFields } from './parse-fields.ts'

/** More characters than a name of a model has, also one of which parts were redacted. */
const LONGEST_NAME = 1000
/** More than a table of ours has: models by name are fifty at most, statuses a few hundred. */
const MOST_NAMES = 1000

/**
 * Reads the report that a sidecar answers when it ends. Somebody else may sit on its port by then, so nothing in it is believed
 * unseen: a report that is not whole, or holds anything that none of ours holds, is none.
 * @returns undefined when it is none; the figures must be counted again from the access log.
 */
export function parseReport(value: unknown): TrafficReport | undefined {
  const fields = toFields(value)
  const providers = parseTable(fields?.providers, parseProvider)
  const refusals = parseTable(fields?.refusals, parseRefusal)
  const workerRestarts = parseFigure(fields?.workerRestarts)
  const lostLogLines = parseFigure(fields?.lostLogLines)
  if (providers === undefined || refusals === undefined) return undefined
  if (workerRestarts === undefined || lostLogLines === undefined) return undefined
  return { providers, refusals, workerRestarts, lostLogLines }
}

type ParseRow<Row> = (value: unknown, name: string) => Row | undefined

/** A table by name; undefined when one of its rows is wrong. */
function parseTable<Row>(value: unknown, parseRow: ParseRow<Row>): Record<string, Row> | undefined {
  const fields = toFields(value)
  if (fields === undefined || Array.isArray(value)) return undefined
  const rows = Object.entries(fields).flatMap(([name, row]): [string, Row][] => {
    const parsed = name.length > LONGEST_NAME ? undefined : parseRow(row, name)
    return parsed === undefined ? [] : [[name, parsed]]
  })
  const isWhole = rows.length === Object.keys(fields).length && rows.length <= MOST_NAMES
  return isWhole ? Object.fromEntries(rows) : undefined
}

function parseProvider(value: unknown, name: string): ProviderFigures | undefined {
  const fields = toFields(value)
  if (fields === undefined || parseOneOf(PROVIDER_IDS, name) === undefined) return undefined
  const figures = PLAIN.map((field) => parseFigure(fields[field]))
  const latency = parseLatency(fields.latency)
  const statuses = parseTable(fields.statuses, parseStatus)
  const models = parseTable(fields.models, parseModel)
  if (figures.includes(undefined) || latency === undefined) return undefined
  if (statuses === undefined || models === undefined) return undefined
  const plain = Object.fromEntries(PLAIN.map((field, index) => [field, figures[index] ?? 0]))
  return { ...(plain as Record<(typeof PLAIN)[number], number>), latency, statuses, models }
}

/** The figures of a provider that are one number. */
const PLAIN = [
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

function parseLatency(value: unknown): number[] | undefined {
  if (!Array.isArray(value) || value.length !== LATENCY_BOUNDS_MS.length + 1) return undefined
  const counts = value.map(parseFigure).filter((count) => count !== undefined)
  return counts.length === value.length ? counts : undefined
}

function parseStatus(value: unknown, name: string): number | undefined {
  return /^\d{1,3}$/.test(name) ? parseFigure(value) : undefined
}

function parseModel(value: unknown): ProviderFigures['models'][string] | undefined {
  const fields = toFields(value)
  const [requests, input, output] = [fields?.requests, fields?.input, fields?.output].map(parseFigure)
  if (requests === undefined || input === undefined || output === undefined) return undefined
  return { requests, input, output }
}

function parseRefusal(value: unknown, name: string): number | undefined {
  return Object.hasOwn(REFUSALS, name) ? parseFigure(value) : undefined
}
