import { describe, expect, test } from '@jest/globals'
import type { RequestEvent } from '../../../src/core/events.ts'
import { addLogLine } from '../../../src/core/report/add-log-line.ts'
import { addRequest, createReport } from '../../../src/core/report/create-report.ts'
import type { TrafficReport } from '../../../src/core/report.ts'
import { createNoise, createRandom } from '../usage/seeded-random.ts'
import { createEvent } from './request-event.ts'

const EVENTS: readonly RequestEvent[] = [
  createEvent({ model: 'gpt-5', tokens: { input: 5, output: 6, cached: 1 }, replayed: 'unauthorized' }),
  createEvent({ outcome: 'refused', status: 400, refusal: 'client_token_invalid', provider: 'copilot' }),
  createEvent({ provider: 'byok', transport: 'websocket', firstByteMs: 1.25 }),
]
/** The report of a whole log. */
function readLog(text: string): TrafficReport {
  const report = createReport()
  for (const line of text.split('\n')) addLogLine(report, line)
  return report
}

const LOG = EVENTS.map((event) => `${JSON.stringify(event)}\n`).join('')

describe('addLogLine()', () => {
  test('gives the report that the events gave', () => {
    const report = createReport()
    for (const event of EVENTS) addRequest(report, event)
    expect(readLog(LOG)).toEqual(report)
  })

  test('counts restarts, and no other event of a life', () => {
    const lifecycle = (what: string): string => `{"kind":"lifecycle","time":"t","what":"${what}"}\n`
    const text = ['ready', 'worker-restarted', 'worker-restarted', 'stopping'].map(lifecycle).join('')
    expect(readLog(text)).toEqual({ ...createReport(), workerRestarts: 2 })
  })

  test('reads up to any cut, and counts the torn line', () => {
    for (let cut = 0; cut <= LOG.length; cut += 1) {
      const report = readLog(LOG.slice(0, cut))
      const requests = Object.values(report.providers).reduce((sum, figures) => sum + (figures?.requests ?? 0), 0)
      const text = LOG.slice(0, cut)
      expect(requests + report.lostLogLines).toBe(text.split('\n').filter((line) => line !== '').length)
    }
  })

  test.each([
    ['no JSON', 'oops'],
    ['no object', '7'],
    ['null', 'null'],
    ['unknown kind', '{"kind":"other"}'],
    ['unknown provider', JSON.stringify({ ...EVENTS[0], provider: '__proto__' })],
    ['unknown outcome', JSON.stringify({ ...EVENTS[0], outcome: 'fine' })],
    ['unknown transport', JSON.stringify({ ...EVENTS[0], transport: 'pigeon' })],
    ['status as text', JSON.stringify({ ...EVENTS[0], status: '200' })],
    ['status out of range', JSON.stringify({ ...EVENTS[0], status: 1000 })],
    ['negative bytes', JSON.stringify({ ...EVENTS[0], bytesIn: -1 })],
    ['no duration', JSON.stringify({ ...EVENTS[0], ms: null })],
  ])('counts a bad line: %s', (_, line) => {
    expect(readLog(`${line}\n`)).toEqual({ ...createReport(), lostLogLines: 1 })
  })

  test('drops what is not printable or not known, and keeps the request', () => {
    const event = { ...EVENTS[0], model: '<b>', refusal: 'toString', tokens: { input: 'x' }, replayed: 'often' }
    const report = readLog(JSON.stringify(event))
    expect(report.refusals).toEqual({})
    expect(report.providers.openai).toMatchObject({ requests: 1, tokensInput: 0, replayed: 0, models: {} })
  })

  test('takes CRLF and blank lines', () => {
    expect(readLog(`\r\n${LOG.replaceAll('\n', '\r\n')}\n \n`)).toMatchObject({ lostLogLines: 0 })
  })

  test('never throws on noise', () => {
    const random = createRandom(21)
    for (let round = 0; round < 300; round += 1) {
      const noise = new TextDecoder().decode(createNoise(random, 300, '{"kind":"request",\n}[]'))
      expect(() => readLog(LOG + noise)).not.toThrow()
    }
  })
})
