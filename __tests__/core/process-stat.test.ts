import { describe, expect, test } from '@jest/globals'
import { parseProcessStat } from '../../src/core/process-stat.ts'

const render = (name: string, state: string): string =>
  `4711 (${name}) ${state} 17 4711 4711 0 -1 4194560 120 0 0 0 1 2 0 0 20 0 1 0 88123 2367488 200 18446744073709551615 1 1\n`

describe('parseProcessStat()', () => {
  test.each([
    'node',
    'two words',
    'a) R 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20',
    ') Z 1',
    'line\n) X 1 (',
    '',
  ])('reads what follows the name, whatever the process called itself: %j', (name) => {
    expect(parseProcessStat(render(name, 'S'))).toEqual({ isDead: false, parent: 17, startTime: '88123' })
  })

  test.each([
    ['R', false],
    ['T', false],
    ['Z', true],
    ['X', true],
  ])('state %s: dead %s', (state, isDead) => {
    expect(parseProcessStat(render('node', state))?.isDead).toBe(isDead)
  })

  test('nothing of a process that is gone, and no start time of a line that is cut', () => {
    expect(parseProcessStat('')).toBeUndefined()
    expect(parseProcessStat('4711 (node) S 17 4711')).toEqual({ isDead: false, parent: 17, startTime: null })
  })
})
