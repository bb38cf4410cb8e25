import type { Outcome, RequestEvent } from '../events.ts'
import { PROVIDERS } from '../providers/table.ts'
import { renderCount, renderDuration } from '../report/render-figures.ts'
import { cleanText } from './clean-text.ts'
import type { Cell, Table, Tone } from './page.ts'
import type { StatusFacts } from './status.ts'

/** Requests that the page shows, and that the worker keeps for it. */
export const MOST_REQUESTS = 200

const OUTCOMES: Readonly<Record<Outcome, { readonly text: string; readonly tone: Tone }>> = {
  complete: { text: 'complete', tone: 'good' },
  refused: { text: 'refused', tone: 'bad' },
  'client-aborted': { text: 'client left', tone: 'doubtful' },
  'upstream-cut': { text: 'upstream cut', tone: 'bad' },
  'upstream-failed': { text: 'upstream failed', tone: 'bad' },
}

/** Requests as they ended, newest first. */
export function deriveRequestTable({ requests, report, redact }: StatusFacts): Table {
  const restarted = report.workerRestarts > 0 ? ' Those from before the last restart stand in the access log.' : ''
  return {
    id: 'requests',
    caption: 'Requests',
    note: `The last ${MOST_REQUESTS}, newest first, listed when they end. Times are UTC.${restarted}`,
    columns: [
      { title: 'Time', kind: 'number' },
      { title: 'Provider', kind: 'text' },
      { title: 'Method', kind: 'text', isExtra: true },
      { title: 'Path', kind: 'code' },
      { title: 'Model', kind: 'code' },
      { title: 'Status', kind: 'number' },
      { title: 'Tokens in', kind: 'number' },
      { title: 'Tokens out', kind: 'number' },
      { title: 'First byte', kind: 'number', isExtra: true },
      { title: 'Took', kind: 'number' },
      { title: 'Outcome', kind: 'text' },
    ],
    rows: requests.slice(0, MOST_REQUESTS).map((event) => renderRow(event, redact)),
    empty: 'No request yet.',
  }
}

function renderRow(event: RequestEvent, redact: (text: string) => string): readonly Cell[] {
  const clean = (text: string): string => cleanText(redact(text))
  return [
    event.time.slice(11, 19),
    PROVIDERS[event.provider].label,
    clean(event.method),
    clean(event.path),
    event.model === undefined ? '–' : clean(event.model),
    renderStatus(event.status),
    event.tokens === undefined ? '–' : renderCount(event.tokens.input),
    event.tokens === undefined ? '–' : renderCount(event.tokens.output),
    event.status === 0 ? '–' : renderDuration(event.firstByteMs),
    renderDuration(event.ms),
    renderOutcome(event),
  ]
}

function renderStatus(status: number): Cell {
  if (status === 0) return '–'
  return status < 400 ? String(status) : { text: String(status), tone: 'bad' }
}

function renderOutcome({ outcome, refusal, replayed, status }: RequestEvent): Cell {
  const { text, tone } = OUTCOMES[outcome]
  const notes = [...(refusal === undefined ? [] : [refusal]), ...(replayed === undefined ? [] : ['sent twice'])]
  const isError = outcome === 'complete' && status >= 400
  const words = isError ? 'upstream error' : text
  return { text: notes.length === 0 ? words : `${words}: ${notes.join(', ')}`, tone: isError ? 'bad' : tone }
}
