import { describe, expect, test } from '@jest/globals'
import type { RequestEvent } from '../../../src/core/events.ts'
import { addRequest, createReport } from '../../../src/core/report/create-report.ts'
import type { ProviderCheck } from '../../../src/core/sidecar-config.ts'
import { cleanText } from '../../../src/core/status/clean-text.ts'
import { derivePage } from '../../../src/core/status/derive-page.ts'
import type { Table } from '../../../src/core/status/page.ts'
import { renderPage } from '../../../src/core/status/render-page.ts'
import { deriveStatus, type StatusFacts } from '../../../src/core/status/status.ts'
import { parseUpstream, type Upstream } from '../../../src/core/upstream.ts'

const CHECK: ProviderCheck = {
  provider: 'openai',
  verdict: 'valid',
  cause: 'ok',
  message: 'accepted',
  fix: '',
  status: 200,
  ms: 5,
  upstream: parseUpstream('https://api.openai.com/v1') as Upstream,
  routing: 'inject',
  routingReason: '',
  scheme: 'bearer',
  models: ['a-listed-model'],
}

const EVENT: RequestEvent = {
  kind: 'request',
  time: '2026-01-02T03:04:05.678Z',
  id: '1',
  provider: 'openai',
  method: 'POST',
  path: '/v1/responses',
  upstream: 'api.openai.com',
  transport: 'sse',
  outcome: 'complete',
  status: 200,
  model: 'gpt-6',
  tokens: { input: 1200, output: 37, cached: 1000 },
  bytesIn: 2048,
  bytesOut: 100,
  firstByteMs: 40,
  ms: 1900,
}

function factsWith(changes: Partial<StatusFacts>, ...events: Partial<RequestEvent>[]): StatusFacts {
  const report = createReport()
  const requests = events.map((event) => ({ ...EVENT, ...event }))
  for (const event of requests) addRequest(report, event)
  return {
    ...{ time: '2026-01-02T03:04:06.000Z', version: '1.2.3', runId: 'run-1', report, requests },
    ...{ checks: [CHECK], ports: { openai: 10000 }, firewall: null, redact: (text: string) => text },
    ...changes,
  }
}

function tableOf(facts: StatusFacts, id: string): Table {
  const table = derivePage(facts).tables.find((one) => one.id === id)
  if (table === undefined) throw new Error(`The page has no table ${id}`)
  return table
}

const HOSTILE = `"><script>alert('x')</script>&amp;`

describe('derivePage()', () => {
  test('a request: time, provider, path, model, status, tokens, durations', () => {
    expect(tableOf(factsWith({}, {}), 'requests').rows).toEqual([
      [
        ...['03:04:05', 'OpenAI', 'POST', '/v1/responses', 'gpt-6', '200', '1,200', '37', '40 ms', '1.9 s'],
        { text: 'complete', tone: 'good' },
      ],
    ])
  })

  test.each<[Partial<RequestEvent>, object]>([
    [
      { outcome: 'refused', refusal: 'path_not_lent', status: 403 },
      { text: 'refused: path_not_lent', tone: 'bad' },
    ],
    [{ outcome: 'client-aborted' }, { text: 'client left', tone: 'doubtful' }],
    [{ outcome: 'upstream-cut' }, { text: 'upstream cut', tone: 'bad' }],
    [
      { outcome: 'upstream-failed', status: 502 },
      { text: 'upstream failed', tone: 'bad' },
    ],
    [{ status: 429 }, { text: 'upstream error', tone: 'bad' }],
    [{ replayed: 'unauthorized' }, { text: 'complete: sent twice', tone: 'good' }],
  ])('%j ends as %j', (event, outcome) => {
    expect(tableOf(factsWith({}, event), 'requests').rows[0]?.at(-1)).toEqual(outcome)
  })

  test('a key that was not confirmed says what was found and what to do', () => {
    const check: ProviderCheck = { ...CHECK, verdict: 'rejected', message: 'It said 401.', fix: 'Make a new one.' }
    expect(tableOf(factsWith({ checks: [check] }), 'keys').rows).toEqual([
      [
        'OpenAI',
        { text: '✗ rejected', tone: 'bad' },
        ...['api.openai.com', '10000', 'inject', 'It said 401. Make a new one.'],
      ],
    ])
  })

  test('a firewall whose log is not read yet claims nothing', () => {
    const table = tableOf(factsWith({ firewall: { level: 'enforced', mode: 'block', digest: null } }), 'firewall')
    expect([table.caption, table.note, table.empty]).toEqual([
      'Firewall: enforced, block',
      'Its log could not be read yet.',
      'What it blocks is not known.',
    ])
  })

  test('foreign text is redacted before it is cut short, so that no half of a secret is left', () => {
    const secret = `sk-${'k'.repeat(60)}`
    const path = `/${'a'.repeat(170)}/${secret}`
    const facts = factsWith({ redact: (text) => text.replace(secret, '«redacted»') }, { path })
    expect(JSON.stringify([derivePage(facts), deriveStatus(facts)])).not.toContain('sk-k')
  })

  test('in audit mode nothing is said to be blocked', () => {
    const totals = { allowed: 1, blocked: 0, 'would-block': 2, failed: 0, cut: 0 }
    const digest = { totals, blocked: [], relayRestarts: 1, isPartial: true }
    const page = derivePage(factsWith({ firewall: { level: 'wrapped', mode: 'audit', digest } }))
    expect(page.figures).toContainEqual({ label: 'Would be blocked', value: '2', tone: 'doubtful' })
    expect(page.tables.find(({ id }) => id === 'firewall')?.note).toBe(
      '0 blocked, 2 would be blocked, 0 failed, 1 allowed. The relay was restarted once. Counted from the end of a long log.',
    )
  })
})

describe('renderPage()', () => {
  test('markup in any foreign text is text', () => {
    const group = { verdict: 'blocked', address: null, port: 1, protocol: 'tls', count: 1 } as const
    const totals = { allowed: 0, blocked: 1, 'would-block': 0, failed: 0, cut: 0 }
    const digest = {
      totals,
      blocked: [{ ...group, host: HOSTILE, program: HOSTILE }],
      relayRestarts: 0,
      isPartial: false,
    }
    const check = { ...CHECK, verdict: 'inconclusive', message: HOSTILE } as const
    const html = renderPage(
      derivePage(
        factsWith(
          { checks: [check], firewall: { level: 'enforced', mode: 'block', digest } },
          { model: HOSTILE, path: HOSTILE, method: HOSTILE },
        ),
      ),
    )
    expect(html.split('&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;amp;')).toHaveLength(8)
    expect(html).not.toContain('<script>')
    expect(html).not.toMatch(/\son\w+=|style=|javascript:|https?:\/\//)
  })

  test('it asks for two files of ours and nothing else', () => {
    const links = [...renderPage(derivePage(factsWith({}))).matchAll(/(?:src|href)="([^"]*)"/g)].map(([, link]) => link)
    expect(links).toEqual(['/status.css', '/status.js'])
  })
})

describe('deriveStatus()', () => {
  test('says of a check only what the page shows', () => {
    expect(deriveStatus(factsWith({}, {}))).toMatchObject({
      version: '1.2.3',
      providers: [
        { provider: 'openai', host: 'api.openai.com', port: 10000, routing: 'inject', verdict: 'valid', cause: 'ok' },
      ],
      requests: [{ path: '/v1/responses', model: 'gpt-6' }],
      firewall: null,
    })
    expect(JSON.stringify(deriveStatus(factsWith({})))).not.toContain('a-listed-model')
  })
})

describe('cleanText()', () => {
  test.each([
    ['a\u202Ecod.exe', 'a\ufffdcod.exe'],
    ['zero\u200Bwidth', 'zero\ufffdwidth'],
    ['two\r\nlines', 'two\ufffdlines'],
    ['ünïcödé 名', 'ünïcödé 名'],
    ['x'.repeat(201), `${'x'.repeat(200)}…`],
  ])('%j becomes %j', (text, clean) => {
    expect(cleanText(text)).toBe(clean)
  })
})
