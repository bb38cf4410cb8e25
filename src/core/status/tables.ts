import { PROVIDER_IDS } from '../providers/provider.ts'
import { PROVIDERS } from '../providers/table.ts'
import { REFUSALS, type RefusalCode } from '../refusals.ts'
import { deriveLatencyQuantile } from '../report/derive-latency-quantile.ts'
import { renderCount, renderDuration, renderSize } from '../report/render-figures.ts'
import type { ProviderFigures, TrafficReport } from '../report.ts'
import type { ProviderCheck, Verdict } from '../sidecar-config.ts'
import { renderAuthority } from '../upstream.ts'
import { cleanText } from './clean-text.ts'
import type { Cell, Table, Tone } from './page.ts'
import type { StatusFacts } from './status.ts'

const VERDICTS: Readonly<Record<Verdict, { readonly text: string; readonly tone: Tone }>> = {
  valid: { text: '✓ valid', tone: 'good' },
  rejected: { text: '✗ rejected', tone: 'bad' },
  inconclusive: { text: '? inconclusive', tone: 'doubtful' },
  unchecked: { text: '– not checked', tone: 'doubtful' },
}

/** What is lent, where it goes, and what its check found. */
export function deriveKeyTable({ checks, ports, redact }: StatusFacts): Table {
  const findings = checks.map((check) => cleanText(redact(renderFinding(check))))
  const hasFindings = findings.some((finding) => finding !== '')
  return {
    id: 'keys',
    caption: 'Keys and routes',
    note: 'A request to the port goes to the host with the key. No key stands on this page.',
    columns: [
      { title: 'Provider', kind: 'text' },
      { title: 'Check', kind: 'text' },
      { title: 'Host', kind: 'code' },
      { title: 'Port', kind: 'number' },
      { title: 'Routing', kind: 'text' },
      ...(hasFindings ? [{ title: 'What was found', kind: 'text' } as const] : []),
    ],
    rows: checks.map((check, index) => [
      PROVIDERS[check.provider].label,
      VERDICTS[check.verdict],
      cleanText(renderAuthority(check.upstream)),
      String(ports[check.provider] ?? '–'),
      check.routing,
      ...(hasFindings ? [findings[index] ?? ''] : []),
    ]),
    empty: 'No provider is configured.',
  }
}

function renderFinding({ verdict, message, fix }: ProviderCheck): string {
  return verdict === 'valid' ? '' : `${message} ${fix}`.trim()
}

/** Answers of the sidecar itself; no table where there was none. */
export function deriveRefusalTable({ refusals }: TrafficReport): readonly Table[] {
  const rows = Object.entries(refusals)
    .filter(([code]) => Object.hasOwn(REFUSALS, code))
    .sort(([, left], [, right]) => right - left)
    .map(([code, times]): Cell[] => [code, renderCount(times), REFUSALS[code as RefusalCode].sentence])
  if (rows.length === 0) return []
  return [
    {
      id: 'refusals',
      caption: 'Refused by the sidecar',
      note: 'Each code has an entry in the troubleshooting page of the documentation.',
      columns: [
        { title: 'Code', kind: 'code' },
        { title: 'Times', kind: 'number' },
        { title: 'Why', kind: 'text' },
      ],
      rows,
      empty: '',
    },
  ]
}

/** One row for each provider that was asked. */
export function deriveTrafficTable({ providers }: TrafficReport): Table {
  const rows = PROVIDER_IDS.flatMap((id) => {
    const figures = providers[id]
    return figures === undefined || figures.requests === 0 ? [] : [renderTraffic(PROVIDERS[id].label, figures)]
  })
  return {
    id: 'traffic',
    caption: 'Traffic',
    note: '',
    columns: [
      { title: 'Provider', kind: 'text' },
      { title: 'Requests', kind: 'number' },
      { title: 'Errors', kind: 'number' },
      { title: 'Tokens in', kind: 'number' },
      { title: 'of these cached', kind: 'number', isExtra: true },
      { title: 'Tokens out', kind: 'number' },
      { title: 'First byte, median', kind: 'number' },
      { title: '95 %', kind: 'number', isExtra: true },
      { title: 'Sent', kind: 'number', isExtra: true },
      { title: 'Received', kind: 'number', isExtra: true },
    ],
    rows,
    empty: 'No request yet. A client that was started before the exports calls its provider itself.',
  }
}

function renderTraffic(label: string, figures: ProviderFigures): Cell[] {
  return [
    label,
    renderCount(figures.requests),
    figures.errors === 0 ? '0' : { text: renderCount(figures.errors), tone: 'bad' },
    renderCount(figures.tokensInput),
    renderCount(figures.tokensCached),
    renderCount(figures.tokensOutput),
    renderDuration(deriveLatencyQuantile(figures, 0.5)),
    renderDuration(deriveLatencyQuantile(figures, 0.95)),
    renderSize(figures.bytesIn),
    renderSize(figures.bytesOut),
  ]
}

/** Tokens by model; no table where no model was named. */
export function deriveModelTable({ report, redact }: StatusFacts): readonly Table[] {
  const rows = PROVIDER_IDS.flatMap((id) =>
    Object.entries(report.providers[id]?.models ?? {}).map(([model, { requests, input, output }]) => [
      PROVIDERS[id].label,
      cleanText(redact(model)),
      ...[requests, input, output].map(renderCount),
    ]),
  )
  if (rows.length === 0) return []
  return [
    {
      id: 'models',
      caption: 'Models',
      note: '',
      columns: [
        { title: 'Provider', kind: 'text' },
        { title: 'Model', kind: 'code' },
        { title: 'Requests', kind: 'number' },
        { title: 'Tokens in', kind: 'number' },
        { title: 'Tokens out', kind: 'number' },
      ],
      rows,
      empty: '',
    },
  ]
}
