import { describe, expect, test } from '@jest/globals'
import { findModel, MODEL_HEAD_BYTES } from '../../../src/core/usage/find-model.ts'
import { createNoise, createRandom } from './seeded-random.ts'

const encode = (text: string): Uint8Array => new TextEncoder().encode(text)
const NO_BODY = new Uint8Array(0)

describe('findModel, from the path', () => {
  test.each([
    ['/v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse', 'gemini-2.5-pro'],
    ['/v1beta1/publishers/google/models/gemini-2.5-flash:generateContent', 'gemini-2.5-flash'],
    [
      '/v1/projects/p/locations/us/publishers/anthropic/models/claude-sonnet-4-5@20250929:streamRawPredict',
      'claude-sonnet-4-5@20250929',
    ],
    ['/openai/deployments/my-gpt/chat/completions?api-version=2025-04-01', 'my-gpt'],
    ['/model/anthropic.claude-haiku-4-5-20251001-v1%3A0/invoke', 'anthropic.claude-haiku-4-5-20251001-v1:0'],
    ['/model/us.amazon.nova-pro-v1:0/converse-stream', 'us.amazon.nova-pro-v1:0'],
  ])('%s', (path, model) => {
    expect(findModel(encode('{"model":"other"}'), path)).toBe(model)
  })

  test.each([
    '/v1/models',
    '/v1/models/gpt-5',
    '/v1beta/models/%zz:generateContent',
    '/openai/deployments/a%0ab/chat',
    `/v1beta/models/${'a'.repeat(129)}:generateContent`,
    '/v1/x?models/evil:generateContent',
  ])('finds none in %s', (path) => {
    expect(findModel(NO_BODY, path)).toBeUndefined()
  })
})

describe('findModel, from the body', () => {
  test.each([
    ['first member', '{"model":"gpt-5.1-codex","input":[]}', 'gpt-5.1-codex'],
    ['late and spread out', '{ "stream" : true ,\r\n\t"n":1.5e3,"t":null, "model" :\n"claude-x" }', 'claude-x'],
    ['cut off behind it', '{"model":"gpt-5","input":[{"role":"us', 'gpt-5'],
    ['after nested values', '{"messages":[{"content":"a]}\\"{"},[{}]],"tools":{},"model":"m/x:free"}', 'm/x:free'],
    ['not the one in a message', '{"messages":[{"content":"\\"model\\":\\"evil\\""}],"model":"good"}', 'good'],
    ['not the one of an inner object', '{"meta":{"model":"evil"},"model":"good"}', 'good'],
    ['the first of two', '{"model":"one","model":"two"}', 'one'],
    ['escaped name', '{"mod\\u0065l":"gpt-5"}', 'gpt-5'],
    ['escaped value', '{"model":"gpt\\u002d5"}', 'gpt-5'],
  ])('%s', (_, body, model) => {
    expect(findModel(encode(body), '/v1/responses')).toBe(model)
  })

  test.each([
    ['empty', ''],
    ['only nested', '{"meta":{"model":"evil"}}'],
    ['only in a string', '{"input":"{\\"model\\":\\"evil\\"}"}'],
    ['an array', '[{"model":"evil"}]'],
    ['not a string', '{"model":{"id":"x"}}'],
    ['cut off within it', '{"model":"gpt-'],
    ['cut off before the colon', '{"model"'],
    ['empty name', '{"model":""}'],
    ['unprintable name', '{"model":"a\\nb"}'],
    ['markup', '{"model":"<b>x</b>"}'],
    ['too long', `{"model":"${'m'.repeat(129)}"}`],
    ['no JSON', 'model=gpt-5'],
    ['behind a missing value', '{"a":,"model":"evil"}'],
    ['a broken object', '{"a" "model":"evil"}'],
  ])('finds none: %s', (_, body) => {
    expect(findModel(encode(body), '/v1/responses')).toBeUndefined()
  })

  test('is the same or nothing for every cut', () => {
    const body = encode('{"stream":true,"metadata":{"model":"evil","x":[1,"]"]},"model":"good","input":"é"}')
    for (let cut = 0; cut <= body.length; cut += 1) {
      expect([undefined, 'good']).toContain(findModel(body.subarray(0, cut), '/'))
    }
    expect(findModel(body, '/')).toBe('good')
  })

  test('does not look beyond its bound', () => {
    const body = encode(`{"input":"${'x'.repeat(MODEL_HEAD_BYTES)}","model":"far"}`)
    expect(findModel(body, '/')).toBeUndefined()
  })

  test('never throws on noise', () => {
    const random = createRandom(9)
    for (let round = 0; round < 2000; round += 1) {
      const noise = createNoise(random, Math.floor(random() * 120), '{"model":"a\\,}[]1')
      expect(() => findModel(noise, '/')).not.toThrow()
    }
  })
})
