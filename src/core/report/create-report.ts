import type { RequestEvent, TokenUsage } from '../events.ts'
import { LATENCY_BOUNDS_MS, type ProviderFigures, type TrafficReport } from '../report.ts'

/**
 * Room: report. Turns request events into the figures of a run, figures into text for /metrics, and the lines of the firewall's log into
 * the report and the digest of the firewall. Never knows: the clock, the network, where events and lines come from. Called by: the
 * worker (live), the supervisor (across worker restarts, and for the firewall), the action at its two ends.
 */

/** Models kept by name for each provider; the name is foreign text, so the rest counts as {@link OTHER_MODELS}. */
export const MAX_MODELS = 50
const OTHER_MODELS = 'other'

/** A report of nothing. */
export function createReport(): TrafficReport {
  return { providers: {}, refusals: {}, workerRestarts: 0, lostLogLines: 0 }
}

/**
 * Adds one request to the report, in place: it runs once for each request on the hot path, the figures live as long as the
 * process, and a copy of every table for every request would be garbage. Otherwise pure: the same events give the same report.
 */
export function addRequest(report: TrafficReport, event: RequestEvent): void {
  const figures = openFigures(report, event.provider)
  figures.requests += 1
  if (event.outcome === 'refused') figures.refused += 1
  if (isUpstreamError(event)) figures.errors += 1
  if (event.replayed !== undefined) figures.replayed += 1
  figures.bytesIn += event.bytesIn
  figures.bytesOut += event.bytesOut
  increase(figures.statuses, String(event.status), 1)
  if (event.refusal !== undefined) increase(report.refusals, event.refusal, 1)
  if (event.tokens !== undefined) addTokens(figures, event.tokens)
  if (event.model !== undefined) addModel(figures, event.model, event.tokens)
  if (hasLatency(event)) addLatency(figures, event.firstByteMs)
}

/** The figures of a provider within the report, created when there are none yet. */
export function openFigures(report: TrafficReport, provider: keyof TrafficReport['providers']): ProviderFigures {
  const figures = report.providers[provider] ?? createFigures()
  report.providers[provider] = figures
  return figures
}

/** The row of a model, or the one of the rest once there are {@link MAX_MODELS}. */
export function openModel(figures: ProviderFigures, name: string): ProviderFigures['models'][string] {
  const { models } = figures
  const isKept = Object.hasOwn(models, name) || Object.keys(models).length < MAX_MODELS
  // Assigning to __proto__ would set no member but the prototype.
  const key = isKept && name !== '__proto__' ? name : OTHER_MODELS
  const row = (Object.hasOwn(models, key) ? models[key] : undefined) ?? { requests: 0, input: 0, output: 0 }
  models[key] = row
  return row
}

/** Adds to a named count, creating it. */
export function increase(counts: Record<string, number>, name: string, by: number): void {
  counts[name] = (Object.hasOwn(counts, name) ? (counts[name] ?? 0) : 0) + by
}

function createFigures(): ProviderFigures {
  return {
    requests: 0,
    errors: 0,
    refused: 0,
    replayed: 0,
    tokensInput: 0,
    tokensOutput: 0,
    tokensCached: 0,
    bytesIn: 0,
    bytesOut: 0,
    latency: new Array(LATENCY_BOUNDS_MS.length + 1).fill(0),
    latencySumMs: 0,
    statuses: {},
    models: {},
  }
}

function isUpstreamError(event: RequestEvent): boolean {
  switch (event.outcome) {
    case 'upstream-cut':
    case 'upstream-failed':
      return true
    case 'complete':
    case 'client-aborted':
      return event.status >= 400
    case 'refused':
      return false
  }
}

// A refusal is answered at once and would make the upstream look fast; without a status there was no first byte.
function hasLatency(event: RequestEvent): boolean {
  return event.outcome !== 'refused' && event.status > 0
}

function addTokens(figures: ProviderFigures, tokens: TokenUsage): void {
  figures.tokensInput += tokens.input
  figures.tokensOutput += tokens.output
  figures.tokensCached += tokens.cached
}

function addModel(figures: ProviderFigures, name: string, tokens: TokenUsage | undefined): void {
  const row = openModel(figures, name)
  row.requests += 1
  row.input += tokens?.input ?? 0
  row.output += tokens?.output ?? 0
}

function addLatency(figures: ProviderFigures, ms: number): void {
  const bucket = LATENCY_BOUNDS_MS.findIndex((bound) => ms <= bound)
  const index = bucket === -1 ? LATENCY_BOUNDS_MS.length : bucket
  figures.latency[index] = (figures.latency[index] ?? 0) + 1
  figures.latencySumMs += ms
}
