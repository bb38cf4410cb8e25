import { describe, expect, test } from '@jest/globals'
import { checkModel, findNearestModels } from '../../../src/core/probes/find-nearest-models.ts'

const LISTING = [
  'gpt-5.2',
  'gpt-5.2-codex',
  'gpt-5-mini',
  'gpt-4.1',
  'claude-sonnet-4.5',
  'claude-haiku-4.5',
  'claude-opus-4.6',
  'gemini-3-pro-preview',
  'o4-mini',
  'text-embedding-3-small',
]

describe('checkModel finds', () => {
  test.each([
    ['gpt-5.2', LISTING],
    ['GPT-5.2', LISTING],
    [' gpt-5.2 ', LISTING],
    ['openai/gpt-5.2', LISTING],
    ['models/gemini-3-pro-preview', LISTING],
    ['publishers/google/models/gemini-3-pro-preview', LISTING],
    ['claude-sonnet-4.5', ['anthropic/claude-sonnet-4.5']],
    ['gemini-3-flash', ['models/gemini-3-flash']],
  ])('%s', (wanted, models) => {
    expect(checkModel(wanted, models)).toBeUndefined()
  })

  test('nothing to complain about where there is no listing', () => {
    expect(checkModel('gpt-5.2', [])).toBeUndefined()
  })
})

describe('checkModel names the nearest of a listing without', () => {
  test.each([
    ['gpt5.2', 'gpt-5.2'],
    ['gpt-5.2-codx', 'gpt-5.2-codex'],
    ['claude-sonnet-4-5', 'claude-sonnet-4.5'],
    ['claude-4.5-sonnet', 'claude-sonnet-4.5'],
    ['claude-sonnet-4.6', 'claude-sonnet-4.5'],
    ['gemini-3-pro', 'gemini-3-pro-preview'],
    ['openai/gpt-4-1', 'gpt-4.1'],
    ['o4mini', 'o4-mini'],
  ])('%s', (wanted, best) => {
    const missing = checkModel(wanted, LISTING)
    expect(missing?.wanted).toBe(wanted)
    expect(missing?.nearest[0]).toBe(best)
    expect(missing?.nearest.length).toBeLessThanOrEqual(3)
  })
})

describe('findNearestModels', () => {
  test('offers nothing when nothing is like it', () => {
    expect(findNearestModels('zzzz', LISTING)).toEqual([])
    expect(findNearestModels('', LISTING)).toEqual([])
  })

  test('stands a hostile name and a full listing', () => {
    const full = Array.from({ length: 500 }, (_, index) => `model-${index}-${'x'.repeat(150)}`)
    expect(findNearestModels('x'.repeat(100_000), full).length).toBeLessThanOrEqual(3)
  })

  test('is the same whatever order the listing has', () => {
    const reversed = [...LISTING].reverse()
    expect(findNearestModels('claude', LISTING)).toEqual(findNearestModels('claude', reversed))
  })
})
