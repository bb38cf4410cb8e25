import { describe, expect, test } from '@jest/globals'
import type { RequestEvent } from '../../../src/core/events.ts'
import { addRequest, createReport, MAX_MODELS } from '../../../src/core/report/create-report.ts'
import { LATENCY_BOUNDS_MS, type TrafficReport } from '../../../src/core/report.ts'
import { createEvent } from './request-event.ts'

function reduce(...events: readonly RequestEvent[]): TrafficReport {
  const report = createReport()
  for (const event of events) addRequest(report, event)
  return report
}

describe('addRequest', () => {
  test('adds up what a request was', () => {
    const tokens = { input: 100, output: 7, cached: 60 }
    const report = reduce(
      createEvent({ model: 'gpt-5', tokens }),
      createEvent({ model: 'gpt-5', tokens, replayed: 'unauthorized', firstByteMs: 40 }),
      createEvent({ provider: 'anthropic' }),
    )
    expect(report.providers.openai).toEqual({
      requests: 2,
      errors: 0,
      refused: 0,
      replayed: 1,
      tokensInput: 200,
      tokensOutput: 14,
      tokensCached: 120,
      bytesIn: 20,
      bytesOut: 200,
      latency: [1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0],
      latencySumMs: 340,
      statuses: { 200: 2 },
      models: { 'gpt-5': { requests: 2, input: 200, output: 14 } },
    })
    expect(report.providers.anthropic?.requests).toBe(1)
    expect(report.providers.copilot).toBeUndefined()
  })

  test.each<[string, Partial<RequestEvent>, { errors: number; refused: number }]>([
    ['an upstream 401', { status: 401 }, { errors: 1, refused: 0 }],
    ['a cut stream', { outcome: 'upstream-cut' }, { errors: 1, refused: 0 }],
    [
      'a dead upstream',
      { outcome: 'upstream-failed', status: 502, refusal: 'upstream_unreachable' },
      { errors: 1, refused: 0 },
    ],
    ['a refusal', { outcome: 'refused', status: 400, refusal: 'client_token_missing' }, { errors: 0, refused: 1 }],
    ['a client that left', { outcome: 'client-aborted', status: 0 }, { errors: 0, refused: 0 }],
  ])('classes %s', (_, changes, expected) => {
    const report = reduce(createEvent(changes))
    expect(report.providers.openai).toMatchObject(expected)
    expect(report.refusals).toEqual(changes.refusal === undefined ? {} : { [changes.refusal]: 1 })
  })

  test('leaves refusals and answers that never began out of the latency', () => {
    const report = reduce(
      createEvent({ outcome: 'refused', status: 403, refusal: 'request_limit_reached' }),
      createEvent({ outcome: 'client-aborted', status: 0 }),
    )
    expect(report.providers.openai).toMatchObject({ latencySumMs: 0, latency: new Array(12).fill(0) })
  })

  test('puts a latency on a bound into the bucket of that bound, and a huge one into the last', () => {
    for (const [index, bound] of LATENCY_BOUNDS_MS.entries()) {
      expect(reduce(createEvent({ firstByteMs: bound })).providers.openai?.latency[index]).toBe(1)
    }
    expect(reduce(createEvent({ firstByteMs: 1e9 })).providers.openai?.latency[LATENCY_BOUNDS_MS.length]).toBe(1)
  })

  test('names a bounded number of models and counts the rest as other', () => {
    const events = Array.from({ length: MAX_MODELS + 20 }, (_, index) => createEvent({ model: `m${index}` }))
    const models = reduce(...events, createEvent({ model: 'm3' }), createEvent({ model: 'new' })).providers.openai
      ?.models
    expect(Object.keys(models ?? {})).toHaveLength(MAX_MODELS + 1)
    expect(models?.other?.requests).toBe(21)
    expect(models?.m3?.requests).toBe(2)
  })

  test.each(['constructor', 'toString', '__proto__', 'hasOwnProperty'])('survives a model named %s', (model) => {
    const report = reduce(createEvent({ model }), createEvent({ model }))
    const rows = Object.values(report.providers.openai?.models ?? {})
    expect(rows).toEqual([{ requests: 2, input: 0, output: 0 }])
    expect({}).not.toHaveProperty('requests')
  })

  test('gives plain data that survives JSON', () => {
    const report = reduce(
      createEvent({ model: 'gpt-5', refusal: 'upstream_reset', outcome: 'upstream-failed', status: 502 }),
    )
    expect(JSON.parse(JSON.stringify(report))).toEqual(report)
  })
})
