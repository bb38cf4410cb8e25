import { describe, expect, test } from '@jest/globals'
import { addRequest, createReport } from '../../../src/core/report/create-report.ts'
import { renderMetrics } from '../../../src/core/report/render-metrics.ts'
import type { TrafficReport } from '../../../src/core/report.ts'
import { createEvent } from './request-event.ts'

const FACTS = { version: '0.1.0', nodeVersion: '24.21.0', isReady: true }

function createSample(): TrafficReport {
  const report = createReport()
  addRequest(report, createEvent({ model: 'gpt-5', tokens: { input: 9, output: 4, cached: 2 }, firstByteMs: 60 }))
  addRequest(report, createEvent({ status: 204, firstByteMs: 700_000 }))
  addRequest(report, createEvent({ status: 429 }))
  addRequest(report, createEvent({ outcome: 'client-aborted', status: 0 }))
  addRequest(report, createEvent({ provider: 'copilot', outcome: 'refused', status: 404, refusal: 'path_not_lent' }))
  report.workerRestarts = 2
  report.lostLogLines = 3
  return report
}

/** The grammar of the text format 0.0.4, as far as we use it. */
const SAMPLE_LINE =
  /^[a-z_]+(\{[a-z]+="(?:[^"\\\n]|\\["\\n])*"(,[a-z]+="(?:[^"\\\n]|\\["\\n])*")*\})? \d+(\.\d+)?(e[+-]\d+)?$/

describe('renderMetrics', () => {
  const text = renderMetrics(createSample(), FACTS)
  const lines = text.split('\n')

  test.each([
    'agent_proxy_build_info{version="0.1.0",node="24.21.0"} 1',
    'agent_proxy_ready 1',
    'agent_proxy_worker_restarts_total 2',
    'agent_proxy_lost_log_lines_total 3',
    'agent_proxy_requests_total{provider="openai",status="2xx"} 2',
    'agent_proxy_requests_total{provider="openai",status="4xx"} 1',
    'agent_proxy_requests_total{provider="openai",status="none"} 1',
    'agent_proxy_requests_total{provider="copilot",status="4xx"} 1',
    'agent_proxy_upstream_errors_total{provider="openai"} 1',
    'agent_proxy_refused_requests_total{provider="copilot"} 1',
    'agent_proxy_refusals_total{refusal="path_not_lent"} 1',
    'agent_proxy_input_tokens_total{provider="openai"} 9',
    'agent_proxy_cached_input_tokens_total{provider="openai"} 2',
    'agent_proxy_output_tokens_total{provider="openai"} 4',
    'agent_proxy_model_input_tokens_total{provider="openai",model="gpt-5"} 9',
    'agent_proxy_first_byte_seconds_bucket{provider="openai",le="0.05"} 0',
    'agent_proxy_first_byte_seconds_bucket{provider="openai",le="0.1"} 1',
    'agent_proxy_first_byte_seconds_bucket{provider="openai",le="0.5"} 2',
    'agent_proxy_first_byte_seconds_bucket{provider="openai",le="300"} 2',
    'agent_proxy_first_byte_seconds_bucket{provider="openai",le="+Inf"} 3',
    'agent_proxy_first_byte_seconds_sum{provider="openai"} 700.36',
    'agent_proxy_first_byte_seconds_count{provider="openai"} 3',
  ])('says %s', (line) => {
    expect(lines).toContain(line)
  })

  test('keeps to the text format, one HELP and TYPE in front of each family', () => {
    expect(lines.at(-1)).toBe('')
    const families = new Set<string>()
    for (const line of lines.slice(0, -1)) {
      const help = /^# HELP (\S+) .+$/.exec(line)
      if (help?.[1] !== undefined) {
        expect(families).not.toContain(help[1])
        families.add(help[1])
      } else if (!line.startsWith('# TYPE ')) expect(line).toMatch(SAMPLE_LINE)
    }
    expect(families.size).toBeGreaterThan(10)
    for (const name of families) expect(name).toMatch(/^agent_proxy_/)
  })

  test('gives no sample twice', () => {
    const samples = lines
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => line.replace(/ \S+$/, ''))
    expect(new Set(samples).size).toBe(samples.length)
  })

  test('escapes label values', () => {
    const report = createReport()
    report.refusals['a"b\\c\nd'] = 1
    expect(renderMetrics(report, FACTS)).toContain('agent_proxy_refusals_total{refusal="a\\"b\\\\c\\nd"} 1\n')
  })

  test('says when it is not ready', () => {
    expect(renderMetrics(createReport(), { ...FACTS, isReady: false })).toContain('agent_proxy_ready 0\n')
  })
})
