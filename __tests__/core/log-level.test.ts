import { describe, expect, test } from '@jest/globals'
import { isWanted, LOG_LEVELS } from '../../src/core/log-level.ts'

describe('isWanted()', () => {
  test.each([
    ['error', ['error']],
    ['info', ['error', 'info']],
    ['debug', ['error', 'info', 'debug']],
  ] as const)('log-level %s has lines of %j and no others', (wanted, written) => {
    expect(LOG_LEVELS.filter((level) => isWanted(level, wanted))).toEqual(written)
  })
})
