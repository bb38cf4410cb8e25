import { PROVIDER_IDS, type ProviderId } from '../providers/provider.ts'
import { LATENCY_BOUNDS_MS, type ProviderFigures, type TrafficReport } from '../report.ts'

/** What /metrics says beside the report. */
export interface MetricsFacts {
  readonly version: string
  /** Version of Node without the `v`. */
  readonly nodeVersion: string
  readonly isReady: boolean
}

/** Content type of {@link renderMetrics}. */
export const METRICS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

type Labels = readonly (readonly [name: string, value: string])[]

interface Sample {
  /** Added to the family's name: `_bucket`, `_sum`, `_count`. */
  readonly suffix?: string
  readonly labels: Labels
  readonly value: number
}

interface Family {
  readonly name: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  readonly samples: readonly Sample[]
}

type Entry = readonly [ProviderId, ProviderFigures]

/** Counters that are one field of a provider's figures. */
const PLAIN_COUNTERS = [
  {
    name: 'upstream_errors_total',
    field: 'errors',
    help: 'Upstream answers with status 400 or above, and upstream failures.',
  },
  { name: 'refused_requests_total', field: 'refused', help: 'Requests that the sidecar answered itself.' },
  { name: 'replayed_requests_total', field: 'replayed', help: 'Requests that a recovery sent a second time.' },
  { name: 'input_tokens_total', field: 'tokensInput', help: 'Input tokens, those read from a cache included.' },
  { name: 'cached_input_tokens_total', field: 'tokensCached', help: 'Input tokens that were read from a cache.' },
  { name: 'output_tokens_total', field: 'tokensOutput', help: 'Output tokens, thinking included.' },
  { name: 'request_bytes_total', field: 'bytesIn', help: 'Body bytes received from clients.' },
  { name: 'response_bytes_total', field: 'bytesOut', help: 'Body bytes sent to clients.' },
] as const satisfies readonly { readonly name: string; readonly field: keyof ProviderFigures; readonly help: string }[]

/** Renders the report in the Prometheus text format 0.0.4. Times are in seconds, as is the custom there. */
export function renderMetrics(report: TrafficReport, facts: MetricsFacts): string {
  const entries = PROVIDER_IDS.flatMap((id): Entry[] => {
    const figures = report.providers[id]
    return figures === undefined ? [] : [[id, figures]]
  })
  const families = [
    ...deriveProcessFamilies(report, facts),
    deriveRequests(entries),
    ...PLAIN_COUNTERS.map((row) => derivePlainCounter(row, entries)),
    deriveRefusals(report),
    ...deriveModels(entries),
    deriveLatency(entries),
  ]
  return families.map(renderFamily).join('')
}

function deriveProcessFamilies(report: TrafficReport, facts: MetricsFacts): Family[] {
  const build: Labels = [
    ['version', facts.version],
    ['node', facts.nodeVersion],
  ]
  const single = (value: number, labels: Labels = []): Sample[] => [{ labels, value }]
  return [
    { name: 'build_info', type: 'gauge', help: 'Always 1; the labels say what runs.', samples: single(1, build) },
    { name: 'ready', type: 'gauge', help: '1 while requests are served.', samples: single(facts.isReady ? 1 : 0) },
    {
      name: 'worker_restarts_total',
      type: 'counter',
      help: 'Times the worker process was started again.',
      samples: single(report.workerRestarts),
    },
    {
      name: 'lost_log_lines_total',
      type: 'counter',
      help: 'Access log lines that could not be written.',
      samples: single(report.lostLogLines),
    },
  ]
}

function deriveRequests(entries: readonly Entry[]): Family {
  const samples = entries.flatMap(([provider, figures]) =>
    [...sumByClass(figures.statuses)].map(([statusClass, value]) => ({
      labels: [
        ['provider', provider],
        ['status', statusClass],
      ] as Labels,
      value,
    })),
  )
  return {
    name: 'requests_total',
    type: 'counter',
    help: 'Requests by class of the status sent; none where the client was gone before.',
    samples,
  }
}

function sumByClass(statuses: Readonly<Record<string, number>>): ReadonlyMap<string, number> {
  const sums = new Map<string, number>()
  for (const [status, count] of Object.entries(statuses)) {
    const name = /^[1-5]\d\d$/.test(status) ? `${status[0]}xx` : 'none'
    sums.set(name, (sums.get(name) ?? 0) + count)
  }
  return sums
}

function derivePlainCounter(row: (typeof PLAIN_COUNTERS)[number], entries: readonly Entry[]): Family {
  const samples = entries.map(([provider, figures]) => ({
    labels: [['provider', provider]] as Labels,
    value: figures[row.field],
  }))
  return { name: row.name, type: 'counter', help: row.help, samples }
}

function deriveRefusals(report: TrafficReport): Family {
  const samples = Object.entries(report.refusals).map(([code, value]) => ({
    labels: [['refusal', code]] as Labels,
    value,
  }))
  return { name: 'refusals_total', type: 'counter', help: 'Answers of the sidecar itself by refusal code.', samples }
}

function deriveModels(entries: readonly Entry[]): Family[] {
  const rows = entries.flatMap(([provider, figures]) =>
    Object.entries(figures.models).map(([model, counts]) => ({
      labels: [
        ['provider', provider],
        ['model', model],
      ] as Labels,
      counts,
    })),
  )
  const family = (name: string, field: 'requests' | 'input' | 'output', help: string): Family => ({
    name,
    type: 'counter',
    help,
    samples: rows.map(({ labels, counts }) => ({ labels, value: counts[field] })),
  })
  return [
    family('model_requests_total', 'requests', 'Requests by model.'),
    family('model_input_tokens_total', 'input', 'Input tokens by model.'),
    family('model_output_tokens_total', 'output', 'Output tokens by model.'),
  ]
}

function deriveLatency(entries: readonly Entry[]): Family {
  return {
    name: 'first_byte_seconds',
    type: 'histogram',
    help: 'Time from request head to the first byte of the answer, without refusals.',
    samples: entries.flatMap(([provider, figures]) => deriveBuckets([['provider', provider]], figures)),
  }
}

function deriveBuckets(labels: Labels, figures: ProviderFigures): Sample[] {
  let count = 0
  const buckets = figures.latency.map((added, index): Sample => {
    count += added
    const bound = LATENCY_BOUNDS_MS[index]
    const le = bound === undefined ? '+Inf' : String(bound / 1000)
    return { suffix: '_bucket', labels: [...labels, ['le', le]], value: count }
  })
  return [
    ...buckets,
    { suffix: '_sum', labels, value: figures.latencySumMs / 1000 },
    { suffix: '_count', labels, value: count },
  ]
}

function renderFamily(family: Family): string {
  const name = `agent_proxy_${family.name}`
  const head = `# HELP ${name} ${family.help}\n# TYPE ${name} ${family.type}\n`
  const lines = family.samples.map(
    (sample) => `${name}${sample.suffix ?? ''}${renderLabels(sample.labels)} ${sample.value}\n`,
  )
  return head + lines.join('')
}

function renderLabels(labels: Labels): string {
  if (labels.length === 0) return ''
  return `{${labels.map(([name, value]) => `${name}="${escapeLabel(value)}"`).join(',')}}`
}

function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}
