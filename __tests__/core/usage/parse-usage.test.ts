import { describe, expect, test } from '@jest/globals'
import { parseEvent, parseUsage } from '../../../src/core/usage/parse-usage.ts'

describe('parseUsage', () => {
  test('takes no figure that no answer can have: sums stay whole numbers', () => {
    const huge = Number.MAX_SAFE_INTEGER
    expect(parseUsage({ input_tokens: huge })).toBeUndefined()
    expect(parseUsage({ input_tokens: 8, cache_read_input_tokens: huge })).toEqual({ input: 8, output: 0, cached: 0 })
    expect(parseUsage({ input_tokens: 1e9 })).toEqual({ input: 1e9, output: 0, cached: 0 })
  })

  test.each([
    [
      'chat completions with the cache fields that a translating gateway adds',
      {
        prompt_tokens: 100,
        completion_tokens: 5,
        cache_read_input_tokens: 80,
        prompt_tokens_details: { cached_tokens: 80 },
      },
      { input: 100, output: 5, cached: 80 },
    ],
    [
      'Responses',
      { input_tokens: 100, output_tokens: 5, input_tokens_details: { cached_tokens: 80 } },
      { input: 100, output: 5, cached: 80 },
    ],
    [
      'Anthropic with a cache',
      { input_tokens: 20, cache_creation_input_tokens: 30, cache_read_input_tokens: 50, output_tokens: 5 },
      { input: 100, output: 5, cached: 50 },
    ],
    [
      'Anthropic without one',
      { input_tokens: 20, cache_creation_input_tokens: null, cache_read_input_tokens: null, output_tokens: 5 },
      { input: 20, output: 5, cached: 0 },
    ],
    [
      'Google',
      {
        promptTokenCount: 90,
        toolUsePromptTokenCount: 10,
        candidatesTokenCount: 3,
        thoughtsTokenCount: 2,
        cachedContentTokenCount: 50,
      },
      { input: 100, output: 5, cached: 50 },
    ],
    [
      'Bedrock Converse',
      { inputTokens: 40, cacheReadInputTokens: 50, cacheWriteInputTokens: 10, outputTokens: 5, totalTokens: 105 },
      { input: 100, output: 5, cached: 50 },
    ],
  ])('reads %s', (_, fields, usage) => {
    expect(parseUsage(fields)).toEqual(usage)
  })

  test.each([
    [undefined],
    [null],
    ['text'],
    [7],
    [[]],
    [{}],
    [{ seconds: 3 }],
    [{ input_tokens: '7' }],
    [{ input_tokens: -1 }],
  ])('sees no usage in %j', (value) => {
    expect(parseUsage(value)).toBeUndefined()
  })
})

describe('parseEvent', () => {
  test('prefers the model that answered to the alias in the envelope', () => {
    const event = { type: 'response.created', model: 'alias', response: { model: 'real' } }
    expect(parseEvent(event).model).toBe('real')
  })

  test.each(['response.completed', 'response.incomplete', 'response.failed', 'response.done'])(
    '%s is final',
    (type) => {
      expect(parseEvent({ type }).isFinal).toBe(true)
    },
  )

  test.each(['response.created', 'response.output_text.done', 'message_delta', 7])('%s is not final', (type) => {
    expect(parseEvent({ type }).isFinal).toBe(false)
  })
})
