import { describe, expect, test } from '@jest/globals'
import type { RequestEvent } from '../../../src/core/events.ts'
import { addRequest, createReport } from '../../../src/core/report/create-report.ts'
import type { TrafficReport } from '../../../src/core/report.ts'
import type { ProviderCheck } from '../../../src/core/sidecar-config.ts'
import { escapeCode, escapeText } from '../../../src/core/summary/escape-markup.ts'
import { renderSummary } from '../../../src/core/summary/render-summary.ts'
import { parseUpstream, type Upstream } from '../../../src/core/upstream.ts'

const check: ProviderCheck = {
  provider: 'openai',
  verdict: 'valid',
  cause: 'ok',
  message: 'accepted',
  fix: '',
  status: 200,
  ms: 5,
  upstream: parseUpstream('https://api.openai.com/v1') as Upstream,
  routing: 'inject',
  routingReason: 'The key is injected.',
  scheme: 'bearer',
  models: [],
}

const event: RequestEvent = {
  kind: 'request',
  time: '2026-01-01T00:00:00.000Z',
  id: '1',
  provider: 'openai',
  method: 'POST',
  path: '/v1/responses',
  upstream: 'api.openai.com',
  transport: 'sse',
  outcome: 'complete',
  status: 200,
  model: 'gpt-5',
  tokens: { input: 1200, output: 37, cached: 1000 },
  bytesIn: 2048,
  bytesOut: 100,
  firstByteMs: 40,
  ms: 90,
}

function reportOf(...events: Partial<RequestEvent>[]): TrafficReport {
  const report = createReport()
  for (const extra of events) addRequest(report, { ...event, ...extra })
  return report
}

function render(report: TrafficReport, checks: readonly ProviderCheck[] = [check]): string {
  return renderSummary({ topology: 'dotcom', checks, report, source: 'sidecar', hasOidc: false })
}

describe('renderSummary()', () => {
  test('a good run: verdict with figures, keys, traffic, models', () => {
    const text = render(reportOf({}, {}))
    expect(text).toContain('✅ **2 requests, 2,400 tokens in, 74 out**')
    expect(text).toContain('| OpenAI | <code>api.openai.com</code> | inject | ✅ valid |')
    expect(text).toMatch(/\| OpenAI \| 2 \| 0 \| 2,400 \| 2,000 \| 74 \| \d+\u00a0ms \| \d+\u00a0ms \|/)
    expect(text).toContain('4.0 KiB sent, 200 B received.')
    expect(text).toContain('| OpenAI | <code>gpt-5</code> | 2 | 2,400 | 74 |')
    expect(text).not.toContain('Refused')
  })

  test('no request at all is the first thing said', () => {
    expect(render(createReport()).split('\n')[2]).toMatch(/^⚠️ \*\*No request reached the sidecar/)
  })

  test('refusals come before the keys, with their reason', () => {
    const text = render(reportOf({}, { outcome: 'refused', refusal: 'client_token_missing', status: 400 }))
    expect(text).toContain('1 refused')
    expect(text.indexOf('client')).toBeLessThan(text.indexOf('### Keys'))
    expect(text).toContain('carried no credential')
  })

  test('a key that was not confirmed is named in the verdict line and explained in the table', () => {
    const doubtful: ProviderCheck = { ...check, verdict: 'inconclusive', message: 'No answer.', fix: 'Wait.' }
    const text = render(reportOf({}), [doubtful])
    expect(text.split('\n')[2]).toContain('Not confirmed at the start: OpenAI.')
    expect(text).toContain('❔ inconclusive No answer. Wait.')
  })

  test('figures that come from the log, restarts and lost lines are said', () => {
    const report = { ...reportOf({}), workerRestarts: 2, lostLogLines: 3 }
    const text = renderSummary({ topology: 'tenant', checks: [check], report, source: 'log', hasOidc: true })
    expect(text).toContain('id-token: write')
    expect(text).toContain('counted from its log')
    expect(text).toContain('restarted 2 times')
    expect(text).toContain('3 log lines were lost')
  })

  test('hostile names stay within their cell', () => {
    const model = '</code></details>|<img src=x>\n## x @octocat #1 https://evil.example [a](b)'
    const text = render(reportOf({ model }))
    const line = text.split('\n').find((row) => row.includes('evil'))
    expect(line).toMatch(/^\| OpenAI \| <code>[^<>|@#[\]]*(&#\d+;[^<>|@[\]]*)*<\/code> \| 1 \|/)
    expect(text).not.toContain('<img')
    expect(text).not.toContain('://evil')
  })

  test('it stays far below 1 MiB whatever the log holds', () => {
    const names = Array.from({ length: 500 }, (_, index) => ({ model: `${index}${'|'.repeat(5000)}` }))
    const report = reportOf(...names)
    report.refusals = Object.fromEntries(names.map(({ model }) => [model, 1]))
    expect(Buffer.byteLength(render(report))).toBeLessThan(1024 * 1024)
  })
})

describe('escapeText() and escapeCode()', () => {
  test('leave no name that GitHub makes a link of', () => {
    expect(escapeText('see www.evil.example, WWW.evil.example')).toBe('see www&#46;evil.example, WWW&#46;evil.example')
  })

  test.each([
    ['a|b', 'a&#124;b'],
    ['<b>&amp;', '&#60;b&#62;&#38;amp;'],
    ['**x** _y_ `z`', '&#42;&#42;x&#42;&#42; &#95;y&#95; &#96;z&#96;'],
    ['line\r\nbreak\u0000', 'line break'],
    ['right\u202Eleft', 'right left'],
    ['plain text, as is.', 'plain text, as is.'],
  ])('%j becomes %j', (text, expected) => {
    expect(escapeText(text)).toBe(expected)
    expect(escapeCode(text)).toBe(`<code>${expected}</code>`)
  })

  test('long text is cut', () => {
    expect(escapeText('x'.repeat(1000))).toHaveLength(301)
  })
})
