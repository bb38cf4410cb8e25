import { describe, expect, test } from '@jest/globals'
import type { ProviderCheck } from '../../src/core/sidecar-config.ts'
import { parseUpstream, type Upstream } from '../../src/core/upstream.ts'
import { decideValidation, renderCheck } from '../../src/core/validation-outcome.ts'

const check: ProviderCheck = {
  provider: 'copilot',
  verdict: 'valid',
  cause: 'ok',
  message: 'accepted',
  fix: '',
  status: 200,
  ms: 12.4,
  upstream: parseUpstream('https://copilot-api.acme.ghe.com') as Upstream,
  routing: 'inject',
  routingReason: 'a PAT is sent as it is',
  scheme: 'bearer',
  models: [],
}

describe('decideValidation()', () => {
  test('a rejected key blocks, with cause, host and fix in one fault that names the input', () => {
    const rejected: ProviderCheck = { ...check, verdict: 'rejected', cause: 'x-y', message: 'M.', fix: 'F.' }
    expect(decideValidation([rejected, check])).toEqual({
      blocking: [
        {
          code: 'credential-rejected',
          input: 'copilot-github-token',
          title: 'GitHub Copilot: credential rejected (x-y)',
          message: 'M.',
          fix: 'F.',
        },
      ],
      doubts: [],
    })
  })

  test('a model that is not listed blocks, with the nearest names', () => {
    const missing: ProviderCheck = { ...check, missingModel: { wanted: 'gtp-5', nearest: ['gpt-5', 'gpt-5-mini'] } }
    const [fault] = decideValidation([missing]).blocking
    expect(fault).toMatchObject({ code: 'model-unavailable', input: 'copilot-model' })
    expect(fault?.message).toContain('Nearest names: gpt-5, gpt-5-mini.')
  })

  test.each([
    ['copilot', true],
    ['byok', false],
  ] as const)(
    'for a model that %s does not list, the policy of the organization is named only where it counts',
    (provider, names) => {
      const missing: ProviderCheck = { ...check, provider, missingModel: { wanted: 'gtp-5', nearest: [] } }
      expect(decideValidation([missing]).blocking[0]?.fix.includes('Copilot policy')).toBe(names)
    },
  )

  test('what could not be told is a doubt, what was not asked is nothing', () => {
    const { blocking, doubts } = decideValidation([
      { ...check, verdict: 'inconclusive', cause: 'no-answer' },
      { ...check, verdict: 'unchecked' },
    ])
    expect(blocking).toEqual([])
    expect(doubts).toMatchObject([{ code: 'credential-inconclusive' }])
  })

  test('titles are short enough for an annotation', () => {
    const { blocking } = decideValidation([{ ...check, verdict: 'rejected', cause: 'c'.repeat(100) }])
    expect(blocking[0]?.title.length).toBeLessThanOrEqual(60)
  })
})

describe('renderCheck()', () => {
  test('one line with verdict, host, routing and its reason, time', () => {
    expect(renderCheck(check)).toBe(
      'GitHub Copilot: valid, host copilot-api.acme.ghe.com, routing inject (a PAT is sent as it is), 12 ms',
    )
  })

  test('a verdict that is not good brings its reason', () => {
    const line = renderCheck({
      ...check,
      provider: 'openai',
      verdict: 'inconclusive',
      message: 'No answer.',
      fix: 'Wait.',
    })
    expect(line).toBe('OpenAI: inconclusive, host copilot-api.acme.ghe.com, 12 ms – No answer. Wait.')
  })
})
