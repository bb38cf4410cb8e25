import { BLOCKED } from '../../__tests__/core/report/egress-event.ts'
import { addLogLine } from '../../src/core/report/add-log-line.ts'
import { createReport } from '../../src/core/report/create-report.ts'
import { deriveEgressReport } from '../../src/core/report/egress-report.ts'
import { parseEgressEvent } from '../../src/core/report/parse-egress-event.ts'
import { parseFields } from '../../src/core/report/parse-fields.ts'
import { parseReport } from '../../src/core/report/parse-report.ts'
import type { TrafficReport } from '../../src/core/report.ts'
import { renderTerminalSummary } from '../../src/core/summary/render-terminal-summary.ts'
import type { Dice } from '../engine/dice.ts'
import { demand, demandEqual, type Target } from '../engine/target.ts'

const REQUEST = {
  kind: 'request',
  time: '2026-11-01T12:00:00.000Z',
  id: 'r1',
  method: 'POST',
  path: '/v1/x',
  upstream: 'api.example.com',
  provider: 'openai',
  outcome: 'complete',
  transport: 'http',
  status: 200,
  bytesIn: 1,
  bytesOut: 2,
  firstByteMs: 3,
  ms: 4,
  model: 'm',
  tokens: { input: 1, output: 2, cached: 0 },
}
const STRANGE = [
  null,
  -1,
  1.5,
  1e300,
  Number.MAX_SAFE_INTEGER,
  '',
  'x',
  'x'.repeat(400),
  'a\u202eb',
  '__proto__',
  [],
  {},
  true,
  4_294_967_296,
]

export interface LogSubject {
  readonly addLogLine: typeof addLogLine
  readonly parseEgressEvent: typeof parseEgressEvent
  readonly parseReport: typeof parseReport
}

/** Lines of the access log and of the firewall log, and reports of the sidecar, which may be torn, foreign or forged. */
export function createLogLinesTarget(subject: LogSubject = { addLogLine, parseEgressEvent, parseReport }): Target {
  return {
    name: 'log-lines',
    reads: 'lines of the access log and the firewall log, reports of the sidecar',
    seeds: [
      REQUEST,
      BLOCKED,
      createFilledReport(),
      { kind: 'lifecycle', what: 'worker-restarted' },
      { kind: 'lifecycle', what: 'log-incomplete', lines: 3 },
    ].map((line) => Buffer.from(JSON.stringify(line))),
    words: [
      '\n',
      '{',
      '}',
      '"kind":"request"',
      '"kind":"egress"',
      'null',
      '1e999',
      '-0',
      '"tokens":{',
      '"count":',
      '"constructor"',
      '\\ud800',
    ],
    generate: generateLines,
    mustReach: ['request', 'egress', 'report', 'nothing'],
    check: (input) => {
      const text = input.toString('utf8')
      const lines = text.split('\n')
      const report = readReport(subject, lines)
      checkNumbers(report, 'figures of a report')
      demandEqual(readReport(subject, lines), report, 'the same log gives the same report')
      const events = lines.map(subject.parseEgressEvent).filter((event) => event !== undefined)
      for (const event of events) {
        checkNumbers(event, 'figures of an event')
        demandEqual(
          subject.parseEgressEvent(JSON.stringify(event)),
          event,
          'an event that was read reads back the same',
        )
      }
      checkNumbers(deriveEgressReport(lines), 'figures of a report')
      if (lines.map((line) => checkReport(subject, line)).includes(true)) return 'report'
      return events.some(({ kind }) => kind === 'egress')
        ? 'egress'
        : report.providers.openai !== undefined
          ? 'request'
          : 'nothing'
    },
  }
}

function createFilledReport(): TrafficReport {
  const report = createReport()
  addLogLine(report, JSON.stringify(REQUEST))
  addLogLine(report, JSON.stringify({ ...REQUEST, outcome: 'refused', refusal: 'malformed_request' }))
  return report
}

/** @returns true for a line that is a report. */
function checkReport(subject: LogSubject, line: string): boolean {
  const report = subject.parseReport(parseFields(line))
  if (report === undefined) return false
  checkNumbers(report, 'figures of a report')
  demandEqual(
    subject.parseReport(JSON.parse(JSON.stringify(report))),
    report,
    'a report that was read reads back the same',
  )
  demand(renderTerminalSummary({ report }).length > 0, 'a report that was read can be shown')
  return true
}

function readReport(subject: LogSubject, lines: readonly string[]): TrafficReport {
  const report = createReport()
  for (const line of lines) subject.addLogLine(report, line)
  return report
}

/** Every number anywhere in a value is finite and not negative. */
function checkNumbers(value: unknown, what: string): void {
  if (typeof value === 'number')
    demand(Number.isFinite(value) && value >= 0, `${what} are finite and not negative`, () => String(value))
  else if (value instanceof Map) for (const part of value.values()) checkNumbers(part, what)
  else if (typeof value === 'object' && value !== null)
    for (const part of Object.values(value)) checkNumbers(part, what)
}

function generateLines(dice: Dice): Buffer {
  const lines = Array.from({ length: 1 + dice.below(4) }, () => {
    const line: Record<string, unknown> = {
      ...(dice.chance(4) ? createFilledReport() : dice.chance(2) ? REQUEST : BLOCKED),
    }
    for (let count = dice.below(3); count > 0; count -= 1) line[dice.pick(Object.keys(line))] = dice.pick(STRANGE)
    if (dice.chance(4)) line.count = dice.pick(STRANGE)
    return JSON.stringify(line)
  })
  return Buffer.from(lines.join('\n'))
}
