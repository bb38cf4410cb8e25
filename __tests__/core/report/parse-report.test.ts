import { describe, expect, test } from '@jest/globals'
import { addRequest, createReport } from '../../../src/core/report/create-report.ts'
import { parseReport } from '../../../src/core/report/parse-report.ts'
import type { TrafficReport } from '../../../src/core/report.ts'
import { createEvent } from './request-event.ts'

/** A report as the worker makes it, with a row in every table, as it comes over the wire. */
function createFullReport(): TrafficReport {
  const report = createReport()
  addRequest(report, createEvent({ model: 'gpt-5', tokens: { input: 5, output: 6, cached: 1 } }))
  addRequest(report, createEvent({ model: 'constructor', status: 0, outcome: 'client-aborted', firstByteMs: 0.25 }))
  addRequest(report, createEvent({ outcome: 'refused', refusal: 'client_token_invalid', provider: 'copilot' }))
  report.workerRestarts = 1
  report.lostLogLines = 2
  return report
}
const copy = (report: TrafficReport): TrafficReport => JSON.parse(JSON.stringify(report)) as TrafficReport

const STRANGE = [undefined, null, -1, '7', 'x', true, [], [1], { a: 1 }, { a: {} }] as const

/** Every member of a value, however deep, with one that replaces it. */
function* changeEach(value: unknown, way: readonly string[] = []): Generator<readonly string[]> {
  if (typeof value !== 'object' || value === null) return
  for (const [name, member] of Object.entries(value)) {
    yield [...way, name]
    yield* changeEach(member, [...way, name])
  }
}

function replaceAt(report: TrafficReport, way: readonly string[], value: unknown): unknown {
  const changed = copy(report)
  const holder = way.slice(0, -1).reduce<unknown>((at, name) => (at as Record<string, unknown>)[name], changed)
  ;(holder as Record<string, unknown>)[way.at(-1) ?? ''] = value
  return changed
}

describe('parseReport()', () => {
  test.each([
    ['a report of nothing', createReport()],
    ['a full report', createFullReport()],
  ])('reads %s as it was', (_, report) => {
    expect(parseReport(copy(report))).toEqual(report)
  })

  test.each([undefined, null, 7, 'report', [], {}, { providers: {} }])('takes %j for none', (value) => {
    expect(parseReport(value)).toBeUndefined()
  })

  test('takes a report for none in which any one member has the wrong shape', () => {
    const report = createFullReport()
    const ways = [...changeEach(report)]
    expect(ways.length).toBeGreaterThan(50)
    for (const way of ways)
      for (const value of STRANGE) {
        const parsed = parseReport(replaceAt(report, way, value))
        expect([way, value, parsed]).toEqual([way, value, undefined])
      }
  })

  test.each([
    ['a provider that there is not', ['providers', 'other']],
    ['a refusal that there is not', ['refusals', 'toString']],
  ])('takes a report for none that names %s', (_, way) => {
    const report = createFullReport()
    const value = way[0] === 'providers' ? report.providers.openai : 1
    expect(parseReport(replaceAt(report, way, value))).toBeUndefined()
  })

  test('takes a report for none whose names are longer or more than ours', () => {
    const wide = createFullReport()
    const long = createFullReport()
    const models = (report: TrafficReport) => report.providers.openai?.models ?? {}
    for (let index = 0; index < 2000; index += 1) models(wide)[`m${index}`] = { requests: 1, input: 1, output: 1 }
    models(long)['m'.repeat(2000)] = { requests: 1, input: 1, output: 1 }
    expect([parseReport(wide), parseReport(long)]).toEqual([undefined, undefined])
  })

  test('a name of the prototype is no refusal', () => {
    const report = JSON.parse(JSON.stringify(createReport()).replace('"refusals":{}', '"refusals":{"__proto__":1}'))
    expect(parseReport(report)).toBeUndefined()
    expect(parseReport(createReport())?.refusals).toEqual({})
  })
})
