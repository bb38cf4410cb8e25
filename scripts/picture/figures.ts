import type { EgressEvent } from '../../src/core/egress-event.ts'
import type { RequestEvent } from '../../src/core/events.ts'
import { deriveSuggestions } from '../../src/core/policy/suggestions.ts'
import { addRequest, createReport } from '../../src/core/report/create-report.ts'
import { deriveEgressReport, type EgressReport } from '../../src/core/report/egress-report.ts'
import type { TrafficReport } from '../../src/core/report.ts'
import type { ProviderCheck } from '../../src/core/sidecar-config.ts'
import { renderFirewall } from '../../src/core/summary/render-firewall.ts'
import { renderSummary } from '../../src/core/summary/render-summary.ts'
import { parseUpstream, type Upstream } from '../../src/core/upstream.ts'

/** An afternoon of an agent that never was: the figures of the pictures in docs/. */
const CHECK = { verdict: 'valid', cause: 'ok', message: '', fix: '', status: 200, ms: 180, routing: 'inject' } as const

export const CHECKS: readonly ProviderCheck[] = [
  {
    ...{ ...CHECK, provider: 'copilot', scheme: 'bearer', models: [] },
    upstream: parseUpstream('https://copilot-api.example-corp.ghe.com') as Upstream,
    routingReason: 'a fine-grained token is sent as it is',
  },
  {
    ...{ ...CHECK, provider: 'openai', scheme: 'bearer', models: [], routingReason: '' },
    upstream: parseUpstream('https://api.openai.com/v1') as Upstream,
  },
  {
    ...{ ...CHECK, provider: 'anthropic', scheme: 'bearer', models: [], routingReason: '' },
    upstream: parseUpstream('https://api.anthropic.com') as Upstream,
  },
]

interface Kind {
  readonly provider: RequestEvent['provider']
  readonly path: string
  readonly model: string
  readonly input: number
  readonly output: number
  readonly firstByteMs: number
}

const KINDS: readonly Kind[] = [
  { provider: 'openai', path: '/v1/responses', model: 'gpt-6-codex', input: 18_400, output: 720, firstByteMs: 640 },
  { provider: 'copilot', path: '/chat/completions', model: 'gpt-6', input: 9_100, output: 410, firstByteMs: 880 },
  {
    provider: 'anthropic',
    path: '/v1/messages',
    model: 'claude-opus-5',
    input: 12_700,
    output: 960,
    firstByteMs: 1210,
  },
  { provider: 'anthropic', path: '/v1/messages', model: 'claude-haiku-5', input: 3_200, output: 120, firstByteMs: 310 },
]
const COUNTS = [31, 9, 14, 22]

/** Oldest first. */
export const EVENTS: readonly RequestEvent[] = KINDS.flatMap((kind, index) => createEvents(kind, COUNTS[index] ?? 0))
  .concat(createRefusal(), createLimit())
  .sort((left, right) => left.time.localeCompare(right.time))

function createEvents({ provider, path, model, input, output, firstByteMs }: Kind, count: number): RequestEvent[] {
  return Array.from({ length: count }, (_, index): RequestEvent => {
    // Uneven, as traffic is, and the same each time.
    const wave = 0.6 + ((index * 7919) % 17) / 20
    const tokens = {
      input: Math.round(input * wave),
      output: Math.round(output * wave),
      cached: Math.round(input * 0.4),
    }
    return {
      ...{
        kind: 'request',
        id: `${provider}-${index}`,
        time: timeAt((index * 97 + path.length * 31) % 3500),
        provider,
      },
      ...{ method: 'POST', path, upstream: '', transport: 'sse', outcome: 'complete', status: 200, model, tokens },
      ...{ bytesIn: Math.round(input * 4.1 * wave), bytesOut: Math.round(output * 62 * wave) },
      ...{ firstByteMs: firstByteMs * wave, ms: firstByteMs * wave + output * wave * 11 },
    }
  })
}

function createRefusal(): RequestEvent {
  return {
    ...plain(3490),
    provider: 'copilot',
    path: '/mcp/readonly',
    status: 403,
    outcome: 'refused',
    refusal: 'mcp_not_lent',
  }
}

function createLimit(): RequestEvent {
  return {
    ...plain(3496),
    provider: 'openai',
    path: '/v1/responses',
    status: 429,
    outcome: 'complete',
    model: 'gpt-6-codex',
  }
}

function plain(second: number): RequestEvent {
  return {
    ...{ kind: 'request', id: `plain-${second}`, time: timeAt(second), provider: 'openai', method: 'POST', path: '/' },
    ...{ upstream: '', transport: 'http', outcome: 'complete', status: 200, bytesIn: 900, bytesOut: 310 },
    ...{ firstByteMs: 4, ms: 5 },
  }
}

function timeAt(second: number): string {
  return new Date(Date.UTC(2026, 0, 15, 14, 0, second)).toISOString()
}

export const REPORT: TrafficReport = createReport()
for (const event of EVENTS) addRequest(REPORT, event)

const BLOCKED = [
  ['collector.example.net', 'not-allowed', '/usr/bin/node', 6],
  ['files.pythonhosted.org', 'not-allowed', '/usr/bin/python3.12', 3],
  ['gist.github.com', 'not-allowed', '/usr/bin/curl', 1],
] as const

export const EGRESS: EgressReport = deriveEgressReport([
  ...BLOCKED.map(([host, reason, program, count]) => renderLine({ host, verdict: 'blocked', reason, program, count })),
  renderLine({ host: 'github.com', verdict: 'allowed', program: '/usr/bin/git', count: 41 }),
  renderLine({ host: 'registry.example-corp.com', verdict: 'allowed', program: '/usr/bin/node', count: 118 }),
])

function renderLine(event: Partial<EgressEvent>): string {
  const rest = { kind: 'egress', time: timeAt(60), protocol: 'tls', port: 443, address: null, uid: 1001, pid: null }
  return JSON.stringify({ ...rest, bytesOut: 0, bytesIn: 0, ms: 0, ...event })
}

/** The job summary of that afternoon, as Markdown. */
export function renderExampleSummary(): string {
  return renderSummary({
    ...{ topology: 'tenant', checks: CHECKS, report: REPORT, source: 'sidecar', hasOidc: false },
    firewall: renderFirewall({
      ...{ level: 'enforced', mode: 'block', limits: [], report: EGRESS, hasNativeFirewall: false },
      suggestions: deriveSuggestions(EGRESS.blocked),
    }),
  })
}
