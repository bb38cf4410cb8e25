import { describe, expect, test } from '@jest/globals'
import { createJsonMeter } from '../../../src/core/usage/json-meter.ts'
import type { UsageMeter } from '../../../src/core/usage/usage-meter.ts'
import { JSON_RECORDINGS } from './recordings.ts'
import { createNoise, createRandom } from './seeded-random.ts'

const encode = (text: string): Uint8Array => new TextEncoder().encode(text)

function meter(...chunks: readonly Uint8Array[]): Pick<UsageMeter, 'usage' | 'model'> {
  const meter = createJsonMeter()
  for (const chunk of chunks) meter.push(chunk)
  meter.end()
  return { usage: meter.usage, model: meter.model }
}

function cutInto(bytes: Uint8Array, size: number): Uint8Array[] {
  const parts: Uint8Array[] = []
  for (let at = 0; at < bytes.length; at += size) parts.push(bytes.subarray(at, at + size))
  return parts
}

describe.each(JSON_RECORDINGS)('createJsonMeter, $name', ({ text, usage, model }) => {
  const bytes = encode(text)
  const expected = { usage, model }

  test('gives the same for a cut at every byte', () => {
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      expect({ cut, ...meter(bytes.subarray(0, cut), bytes.subarray(cut)) }).toEqual({ cut, ...expected })
    }
  })
})

describe('createJsonMeter', () => {
  // Around the sizes at which the middle of a body is dropped.
  test.each([1, 1000, 65_535, 131_071, 131_072, 131_073, 200_000, 9_000_000])(
    'reads model and usage around a content of %d bytes',
    (size) => {
      const content = 'é"\\'.repeat(Math.ceil(size / 6)).slice(0, size)
      const body = JSON.stringify({
        id: 'x',
        model: 'gpt-5.1',
        choices: [{ message: { content } }],
        usage: { prompt_tokens: 3, completion_tokens: 4 },
      })
      const expected = { usage: { input: 3, output: 4, cached: 0 }, model: 'gpt-5.1' }
      for (const pieces of [1 << 24, 65_536, 40_000]) expect(meter(...cutInto(encode(body), pieces))).toEqual(expected)
    },
  )

  test('reads usage that is cut where the middle of the body is dropped', () => {
    const frame = '{"model":"m","content":"","usage":{"prompt_tokens":3,"completion_tokens":4}}'
    const bytes = encode(frame.replace('""', `"${'c'.repeat(131_100 - frame.length)}"`))
    for (let cut = bytes.length - 90; cut <= bytes.length; cut += 1) {
      expect(meter(bytes.subarray(0, cut), bytes.subarray(cut))).toMatchObject({
        usage: { input: 3, output: 4 },
        model: 'm',
      })
    }
  })

  test('reads a model behind a long content', () => {
    const body = `{"data":[${'[0.5],'.repeat(60_000)}1],"model":"text-embedding-3","usage":{"prompt_tokens":2,"total_tokens":2}}`
    expect(meter(encode(body))).toMatchObject({ model: 'text-embedding-3', usage: { input: 2 } })
  })

  test('does not mistake the end of a string for a member', () => {
    const body = '{"a":{"x\\"usage":{"prompt_tokens":1}},"b":1}'
    expect(meter(encode(body)).usage).toBeUndefined()
  })

  test('ignores usage in a body that was cut off', () => {
    expect(meter(encode('{"usage":{"prompt_tokens":1},"choices":[')).usage).toBeUndefined()
  })

  test('has nothing before the end, and takes nothing after it', () => {
    const meter = createJsonMeter()
    meter.push(encode('{"model":"m","usage":{"prompt_tokens":1}}'))
    expect(meter.usage).toBeUndefined()
    meter.end()
    meter.push(encode('{"model":"n","usage":{"prompt_tokens":9}}'))
    meter.end()
    expect(meter).toMatchObject({ usage: { input: 1 }, model: 'm' })
  })

  test('never throws on noise', () => {
    const random = createRandom(3)
    for (let round = 0; round < 500; round += 1) {
      const noise = createNoise(random, Math.floor(random() * 600), '{"usage":{"model":"\\}[],1')
      expect(() => meter(noise)).not.toThrow()
    }
  })

  test('looks at a bounded number of candidates in hostile bodies', () => {
    const body = `[${'{"usage":{'.repeat(6000)}`
    expect(meter(encode(body)).usage).toBeUndefined()
  })
})
