import { describe, expect, test } from '@jest/globals'
import { createResponsesSocketMeter } from '../../../src/core/usage/websocket-meter.ts'
import { createNoise, createRandom } from './seeded-random.ts'

const encode = (text: string): Uint8Array => new TextEncoder().encode(text)

const completed = (input: number, output: number): Uint8Array =>
  encode(
    `{"type":"response.completed","response":{"id":"r","model":"gpt-5.1-codex","usage":{"input_tokens":${input},"input_tokens_details":{"cached_tokens":1},"output_tokens":${output}}}}`,
  )

describe('createResponsesSocketMeter', () => {
  test('adds up the responses of one socket', () => {
    const meter = createResponsesSocketMeter()
    meter.readClientText(encode('{"type":"response.create","model":"gpt-5.1","generate":false,"input":[]}'))
    meter.readServerText(encode('{"type":"response.created","response":{"model":"gpt-5.1-codex","usage":null}}'))
    meter.readServerText(completed(100, 0))
    meter.readClientText(encode('{"type":"response.create","previous_response_id":"r","input":[]}'))
    meter.readServerText(encode('{"type":"response.output_text.delta","delta":"\\"usage\\":{"}'))
    meter.readServerText(completed(200, 30))
    expect(meter).toMatchObject({
      requests: 2,
      responses: 2,
      usage: { input: 300, output: 30, cached: 2 },
      model: 'gpt-5.1-codex',
    })
  })

  test('counts response.create by its own type, not by a mention of it', () => {
    const meter = createResponsesSocketMeter()
    meter.readClientText(encode('{"type":"response.cancel","note":"response.create","x":{"type":"response.create"}}'))
    meter.readClientText(encode('"response.create"'))
    meter.readClientText(encode(''))
    expect(meter.requests).toBe(0)
  })

  test('reads a client message of which only the beginning is there', () => {
    const meter = createResponsesSocketMeter()
    meter.readClientText(encode(`{"type":"response.create","model":"gpt-5.1","input":"${'x'.repeat(20_000)}`))
    expect(meter).toMatchObject({ requests: 1, model: 'gpt-5.1', usage: undefined, responses: 0 })
  })

  test('never throws on noise', () => {
    const random = createRandom(5)
    const meter = createResponsesSocketMeter()
    for (let round = 0; round < 500; round += 1) {
      const noise = createNoise(random, Math.floor(random() * 300), '{"type":"usage"model\\}[],')
      expect(() => {
        meter.readClientText(noise)
        meter.readServerText(noise)
      }).not.toThrow()
    }
  })
})
