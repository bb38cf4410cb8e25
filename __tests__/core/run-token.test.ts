import { describe, expect, test } from '@jest/globals'
import { deriveRunTokens, looksLikeRunToken } from '../../src/core/run-token.ts'

const core = 'aZ09'.repeat(9)

describe('deriveRunTokens()', () => {
  test('spells one core twice', () => {
    expect(deriveRunTokens(core)).toEqual({ copilot: `ghs_${core}`, other: `agentproxy-${core}` })
  })

  test.each(['', core.slice(1), `${core}x`, `${core.slice(1)}-`, `${core}\n`, `${core.slice(1)}é`])(
    'refuses %j',
    (text) => {
      expect(() => deriveRunTokens(text)).toThrow(RangeError)
    },
  )
})

describe('looksLikeRunToken()', () => {
  test.each([
    [`agentproxy-${core}`, true],
    [`ghs_${core}`, false],
    [`agentproxy-${core}x`, false],
    ['agentproxy-', false],
    [`x-agentproxy-${core}`, false],
    ['', false],
  ])('%s: %s', (text, expected) => {
    expect(looksLikeRunToken(text)).toBe(expected)
  })
})
