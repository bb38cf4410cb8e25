import { describe, expect, test } from '@jest/globals'
import { createSseMeter } from '../../../src/core/usage/sse-meter.ts'
import type { UsageMeter } from '../../../src/core/usage/usage-meter.ts'
import { CHAT, RESPONSES, SSE_RECORDINGS } from './recordings.ts'
import { createNoise, createRandom } from './seeded-random.ts'

const encode = (text: string): Uint8Array => new TextEncoder().encode(text)

function meter(...chunks: readonly Uint8Array[]): Pick<UsageMeter, 'usage' | 'model'> {
  const meter = createSseMeter()
  for (const chunk of chunks) meter.push(chunk)
  meter.end()
  return { usage: meter.usage, model: meter.model }
}

describe.each(SSE_RECORDINGS)('createSseMeter, $name', ({ text, usage, model }) => {
  const bytes = encode(text)
  const expected = { usage, model }

  test('reads the whole answer at once', () => {
    expect(meter(bytes)).toEqual(expected)
  })

  test('gives the same for a cut at every byte', () => {
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      expect({ cut, ...meter(bytes.subarray(0, cut), bytes.subarray(cut)) }).toEqual({ cut, ...expected })
    }
  })

  test('gives the same byte by byte and in random pieces', () => {
    const pieces = (size: () => number): Uint8Array[] => {
      const parts: Uint8Array[] = []
      for (let rest = bytes; rest.length > 0; ) {
        const length = size()
        parts.push(rest.subarray(0, length))
        rest = rest.subarray(length)
      }
      return parts
    }
    expect(meter(...pieces(() => 1))).toEqual(expected)
    const random = createRandom(7)
    for (let round = 0; round < 50; round += 1) {
      expect(meter(...pieces(() => 1 + Math.floor(random() * 40)))).toEqual(expected)
    }
  })

  test.each(['\n', '\r\n', '\r'])('gives the same with %j as line end', (lineEnd) => {
    expect(meter(encode(text.replaceAll(/\r\n|\n/g, lineEnd)))).toEqual(expected)
  })

  test('does not keep the arrays it is given', () => {
    const meter = createSseMeter()
    const reused = new Uint8Array(17)
    for (let at = 0; at < bytes.length; at += reused.length) {
      const part = bytes.subarray(at, at + reused.length)
      reused.set(part)
      meter.push(reused.subarray(0, part.length))
      reused.fill(0x20)
    }
    meter.end()
    expect(meter.usage).toEqual(usage)
  })
})

describe('createSseMeter', () => {
  test('knows the usage before the end of the stream', () => {
    const meter = createSseMeter()
    meter.push(encode(CHAT.text))
    expect(meter.usage).toEqual(CHAT.usage)
    meter.end()
    meter.end()
    expect(meter.usage).toEqual(CHAT.usage)
  })

  test('reads a last line without line end', () => {
    const text = RESPONSES.text.trimEnd()
    expect(meter(encode(text)).usage).toEqual(RESPONSES.usage)
  })

  test('takes no bytes after the end', () => {
    const meter = createSseMeter()
    meter.end()
    meter.push(encode(CHAT.text))
    expect(meter.usage).toBeUndefined()
  })

  test('keeps the highest figures where a gateway repeats and drops fields', () => {
    const lines = [
      'data: {"type":"message_start","message":{"model":"m","usage":{"input_tokens":50,"cache_read_input_tokens":10,"output_tokens":1}}}',
      'data: {"type":"message_delta","usage":{"input_tokens":0,"output_tokens":9}}',
      'data: {"type":"message_delta","usage":{"input_tokens":0,"output_tokens":12}}',
    ]
    expect(meter(encode(`${lines.join('\n\n')}\n\n`)).usage).toEqual({ input: 60, output: 12, cached: 10 })
  })

  test('reads running usage in every chunk as one response', () => {
    const lines = [1, 2, 3].map((n) => `data: {"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":${n}}}\n\n`)
    expect(meter(encode(lines.join('')))).toMatchObject({ usage: { input: 5, output: 3, cached: 0 } })
  })

  test('reads only data lines', () => {
    const usage = '{"usage":{"prompt_tokens":5,"completion_tokens":1}}'
    expect(meter(encode(`: ${usage}\nevent: ${usage}\nxdata: ${usage}\n${usage}\n\n`)).usage).toBeUndefined()
    expect(meter(encode(`data:${usage}\n\n`)).usage).toEqual({ input: 5, output: 1, cached: 0 })
  })

  test.each([
    ['negative', '-1'],
    ['fraction', '1.5'],
    ['text', '"7"'],
    ['huge', '1e300'],
    ['null', 'null'],
    ['object', '{}'],
  ])('counts a %s figure as nothing', (_, figure) => {
    const line = `data: {"usage":{"prompt_tokens":${figure},"completion_tokens":2}}\n\n`
    expect(meter(encode(line)).usage).toEqual({ input: 0, output: 2, cached: 0 })
  })

  test('passes over a line that is too long, cut in any way, and reads the next', () => {
    const long = encode(`data: {"x":"${'y'.repeat(5 * 1024 * 1024)}"}\n`)
    const parts: Uint8Array[] = []
    for (let at = 0; at < long.length; at += 65_536) parts.push(long.subarray(at, at + 65_536))
    expect(meter(...parts, encode(CHAT.text))).toMatchObject({ usage: CHAT.usage })
  })

  test('reads the line behind one that was too long, and the one behind that', () => {
    const usage = (output: number) => encode(`data: {"usage":{"prompt_tokens":1,"completion_tokens":${output}}}\n`)
    const long = new Uint8Array(5 * 1024 * 1024).fill(0x61)
    expect(meter(long, encode('\n'), usage(2)).usage).toMatchObject({ output: 2 })
    expect(meter(long, encode('\n: comment\n'), usage(2), usage(3)).usage).toMatchObject({ output: 3 })
  })

  test('gives up on the model after a few lines that only look as if they named it', () => {
    const decoys = (count: number) => 'data: {"delta":{"model":"x"}}\n'.repeat(count)
    const named = 'data: {"model":"gpt-5"}\n'
    expect(meter(encode(decoys(3) + named)).model).toBe('gpt-5')
    expect(meter(encode(decoys(4) + named)).model).toBeUndefined()
  })

  test('does not count what a response reported on its way twice', () => {
    const event = (type: string, output: number) =>
      `data: {"type":"response.${type}","response":{"usage":{"input_tokens":10,"output_tokens":${output}}}}\n\n`
    expect(meter(encode(event('in_progress', 3) + event('completed', 5)))).toMatchObject({
      usage: { input: 10, output: 5, cached: 0 },
    })
  })

  test('reads usage at the end of a line of a megabyte', () => {
    const line = `data: {"type":"response.completed","response":{"instructions":"${'z'.repeat(1 << 20)}","model":"gpt-5","usage":{"input_tokens":1,"output_tokens":2}}}\n\n`
    const bytes = encode(line)
    expect(meter(bytes.subarray(0, 70_000), bytes.subarray(70_000))).toMatchObject({
      usage: { input: 1, output: 2, cached: 0 },
      model: 'gpt-5',
    })
  })

  test('never throws on noise and still reads what follows it', () => {
    const random = createRandom(42)
    for (let round = 0; round < 300; round += 1) {
      const noise = createNoise(random, 1 + Math.floor(random() * 400), 'data: {"usage":{"model":"\\\n\r}[]')
      const result = meter(noise, encode(`\n\n${CHAT.text}`))
      expect(result.usage?.output).toBeGreaterThanOrEqual(87)
    }
  })
})
