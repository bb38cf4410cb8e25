import type { Outcome, RequestEvent, TokenUsage } from '../events.ts'
import { PROVIDER_IDS } from '../providers/provider.ts'
import { REFUSALS } from '../refusals.ts'
import type { TrafficReport } from '../report.ts'
import { parseModelName } from '../usage/model-name.ts'
import { addRequest } from './create-report.ts'
import { type Fields, parseFields, parseFigure, parseOneOf, toFields } from './parse-fields.ts'

const OUTCOMES = [
  'complete',
  'refused',
  'client-aborted',
  'upstream-cut',
  'upstream-failed',
] as const satisfies Outcome[]
const TRANSPORTS = ['http', 'sse', 'websocket'] as const
const REPLAYS = ['unauthorized', 'misdirected'] as const

/**
 * Adds one line of an access log to a report, for a post step that finds the sidecar gone. Never throws: the line may be cut
 * anywhere, and the agent's user can write to that file, so nothing in it is believed unseen. A line that is no event counts as lost.
 */
export function addLogLine(report: TrafficReport, line: string): void {
  if (line.trim() !== '' && !addFields(report, parseFields(line) ?? {})) report.lostLogLines += 1
}

function addFields(report: TrafficReport, fields: Fields): boolean {
  switch (fields.kind) {
    case 'request': {
      const event = parseRequestEvent(fields)
      if (event !== undefined) addRequest(report, event)
      return event !== undefined
    }
    case 'lifecycle':
      addLifecycle(report, fields)
      return true
    default:
      return false
  }
}

function addLifecycle(report: TrafficReport, fields: Fields): void {
  if (fields.what === 'worker-restarted') report.workerRestarts += 1
  if (fields.what === 'log-incomplete') report.lostLogLines += parseCount(fields.lines) ?? 1
}

function parseRequestEvent(fields: Fields): RequestEvent | undefined {
  const provider = parseOneOf(PROVIDER_IDS, fields.provider)
  const outcome = parseOneOf(OUTCOMES, fields.outcome)
  const transport = parseOneOf(TRANSPORTS, fields.transport)
  const counts = parseCounts(fields)
  if (provider === undefined || outcome === undefined || transport === undefined || counts === undefined)
    return undefined
  return {
    kind: 'request',
    time: parseText(fields.time),
    id: parseText(fields.id),
    method: parseText(fields.method),
    path: parseText(fields.path),
    upstream: parseText(fields.upstream),
    provider,
    outcome,
    transport,
    ...counts,
    ...parseOptional(fields),
  }
}

function parseCounts(
  fields: Fields,
): Pick<RequestEvent, 'status' | 'bytesIn' | 'bytesOut' | 'firstByteMs' | 'ms'> | undefined {
  const [status, bytesIn, bytesOut] = [fields.status, fields.bytesIn, fields.bytesOut].map(parseCount)
  const [firstByteMs, ms] = [fields.firstByteMs, fields.ms].map(parseFigure)
  if (status === undefined || bytesIn === undefined || bytesOut === undefined) return undefined
  if (firstByteMs === undefined || ms === undefined || status > 599) return undefined
  return { status, bytesIn, bytesOut, firstByteMs, ms }
}

function parseOptional(fields: Fields): Pick<RequestEvent, 'refusal' | 'model' | 'tokens' | 'replayed'> {
  const refusal = Object.keys(REFUSALS).find((code) => code === fields.refusal) as RequestEvent['refusal']
  const model = parseModelName(fields.model)
  const tokens = parseTokens(fields.tokens)
  const replayed = parseOneOf(REPLAYS, fields.replayed)
  return {
    ...(refusal === undefined ? {} : { refusal }),
    ...(model === undefined ? {} : { model }),
    ...(tokens === undefined ? {} : { tokens }),
    ...(replayed === undefined ? {} : { replayed }),
  }
}

function parseTokens(value: unknown): TokenUsage | undefined {
  const fields = toFields(value)
  if (fields === undefined) return undefined
  const [input, output, cached] = [fields.input, fields.output, fields.cached].map(parseCount)
  if (input === undefined || output === undefined || cached === undefined) return undefined
  return { input, output, cached }
}

function parseCount(value: unknown): number | undefined {
  return Number.isSafeInteger(value) && Number(value) >= 0 ? Number(value) : undefined
}

function parseText(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
