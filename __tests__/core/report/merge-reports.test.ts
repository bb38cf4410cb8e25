import { describe, expect, test } from '@jest/globals'
import { addRequest, createReport, MAX_MODELS } from '../../../src/core/report/create-report.ts'
import { mergeReports } from '../../../src/core/report/merge-reports.ts'
import type { TrafficReport } from '../../../src/core/report.ts'
import { createEvent } from './request-event.ts'

const EVENTS = [
  createEvent({ model: 'gpt-5', tokens: { input: 5, output: 6, cached: 1 } }),
  createEvent({ outcome: 'refused', status: 400, refusal: 'path_not_lent', provider: 'copilot' }),
  createEvent({ status: 429, firstByteMs: 12_000, replayed: 'misdirected' }),
  createEvent({ provider: 'gemini', model: 'gemini-2.5-pro', outcome: 'upstream-cut' }),
]

function reduce(events: typeof EVENTS): TrafficReport {
  const report = createReport()
  for (const event of events) addRequest(report, event)
  return report
}

describe('mergeReports', () => {
  test('gives what one report of all events would say, for every split', () => {
    for (let cut = 0; cut <= EVENTS.length; cut += 1) {
      const merged = mergeReports([reduce(EVENTS.slice(0, cut)), reduce(EVENTS.slice(cut))])
      expect(merged).toEqual(reduce(EVENTS))
    }
  })

  test('adds restarts and lost lines', () => {
    const first: TrafficReport = { ...createReport(), workerRestarts: 1, lostLogLines: 4 }
    const second: TrafficReport = { ...createReport(), workerRestarts: 2, lostLogLines: 5 }
    expect(mergeReports([first, second])).toMatchObject({ workerRestarts: 3, lostLogLines: 9 })
  })

  test('keeps the bound on models', () => {
    const reports = ['a', 'b'].map((prefix) =>
      reduce(Array.from({ length: MAX_MODELS }, (_, index) => createEvent({ model: `${prefix}${index}` }))),
    )
    const models = mergeReports(reports).providers.openai?.models ?? {}
    expect(Object.keys(models)).toHaveLength(MAX_MODELS + 1)
    expect(models.other?.requests).toBe(MAX_MODELS)
  })

  test('leaves its arguments alone', () => {
    const report = reduce(EVENTS)
    const before = structuredClone(report)
    mergeReports([report, report])
    expect(report).toEqual(before)
  })
})
