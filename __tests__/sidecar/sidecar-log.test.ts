import { describe, expect, test } from '@jest/globals'
import { LOG_LEVELS, type LogLevel } from '../../src/core/log-level.ts'
import { createSidecarLog } from '../../src/sidecar/sidecar-log.ts'

const TIME = /^\d{4}-\d\d-\d\dT[\d:.]+Z /

/** What a log of this level says of one line of each level and of three events. */
function sayAll(wanted?: LogLevel): string[] {
  const lines: string[] = []
  const log = createSidecarLog((line) => lines.push(line))
  if (wanted !== undefined) log.wanted = wanted
  for (const level of LOG_LEVELS) log.say(level, 'text')
  const event = { kind: 'lifecycle', time: '' } as const
  log.note({ ...event, what: 'credential-failed', provider: 'openai', detail: 'invalid_client' })
  log.note({ ...event, what: 'credential-renewed', provider: 'openai' })
  log.note({ ...event, what: 'stopping', detail: 'SIGTERM' })
  expect(lines.every((line) => TIME.test(line))).toBe(true)
  return lines.map((line) => line.replace(TIME, ''))
}

const INFO = ['error text', 'info text', 'info credential-failed: openai: invalid_client', 'info stopping: SIGTERM']

describe('createSidecarLog()', () => {
  test('says errors only at error', () => expect(sayAll('error')).toEqual(['error text']))
  test('says what was survived at info', () => expect(sayAll('info')).toEqual(INFO))
  test('is at info until it is told', () => expect(sayAll()).toEqual(INFO))
  test('says everything at debug', () => {
    const more = ['debug text', 'debug credential-renewed: openai']
    expect(sayAll('debug').sort()).toEqual([...INFO, ...more].sort())
  })
})
