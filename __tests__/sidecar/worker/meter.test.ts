import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { describe, expect, test } from '@jest/globals'
import { createBodyMeter, isEventStream, type MeterReading } from '../../../src/sidecar/worker/meter.ts'

const json = Buffer.from(JSON.stringify({ model: 'gpt-x', usage: { prompt_tokens: 11, completion_tokens: 7 } }))
const sse = Buffer.from(
  `data: {"model":"gpt-x","choices":[]}\n\ndata: {"model":"gpt-x","usage":{"prompt_tokens":11,"completion_tokens":7}}\n\ndata: [DONE]\n\n`,
)
const expected = { usage: { input: 11, output: 7, cached: 0 }, model: 'gpt-x' }

function read(contentType: string, contentEncoding: string, chunks: readonly Buffer[]): Promise<MeterReading> {
  const meter = createBodyMeter({ contentType, contentEncoding, wantsModel: true })
  if (meter === undefined) throw new Error('There is no meter for this')
  for (const chunk of chunks) meter.push(chunk)
  return new Promise((resolve) => meter.end(({ usage, model }) => resolve({ usage, model })))
}

const cut = (body: Buffer, size: number): Buffer[] =>
  Array.from({ length: Math.ceil(body.length / size) }, (_, index) => body.subarray(index * size, (index + 1) * size))

describe('createBodyMeter()', () => {
  test.each([
    ['application/json', '', json],
    ['application/json; charset=utf-8', 'identity', json],
    ['application/vnd.api+json', '', json],
    ['application/json', 'gzip', gzipSync(json)],
    ['application/json', 'GZIP', gzipSync(json)],
    ['application/json', 'x-gzip', gzipSync(json)],
    ['application/json', 'br', brotliCompressSync(json)],
    ['application/json', 'deflate', deflateSync(json)],
    ['application/json', 'zstd', zstdCompressSync(json)],
    ['text/event-stream', '', sse],
    ['text/event-stream; charset=utf-8', 'gzip', gzipSync(sse)],
    ['text/event-stream', 'br', brotliCompressSync(sse)],
  ])('reads %s in %j, however the bytes are cut', async (contentType, encoding, body) => {
    for (const size of [1, 7, body.length]) expect(await read(contentType, encoding, cut(body, size))).toEqual(expected)
  })

  test.each([
    ['text/html', ''],
    ['application/octet-stream', ''],
    ['image/png', 'gzip'],
    ['', ''],
    ['application/json', 'compress'],
    ['application/json', 'gzip, br'],
    ['text/event-streams', ''],
  ])('does not read %j in %j', (contentType, contentEncoding) => {
    expect(createBodyMeter({ contentType, contentEncoding, wantsModel: true })).toBeUndefined()
  })

  test.each([
    ['bytes that are not gzip', [Buffer.from('not gzip at all')]],
    ['gzip that is cut off', [gzipSync(json).subarray(0, 20)]],
    ['gzip that breaks in the middle', [gzipSync(json).subarray(0, 20), Buffer.alloc(50, 0xff)]],
    ['nothing', []],
  ])('ends all the same on %s', async (_name, chunks) => {
    expect((await read('application/json', 'gzip', chunks)).usage).toBeUndefined()
  })

  test('gives up on a bomb, and calls back', async () => {
    const bomb = gzipSync(Buffer.alloc(300 * 1024 * 1024))
    expect((await read('application/json', 'gzip', cut(bomb, 64 * 1024))).usage).toBeUndefined()
  })

  test('calls back once, also when more comes behind the end', async () => {
    const meter = createBodyMeter({ contentType: 'application/json', contentEncoding: 'gzip', wantsModel: true })
    let calls = 0
    await new Promise<void>((resolve) => {
      meter?.push(gzipSync(json))
      meter?.end(() => {
        calls += 1
        resolve()
      })
    })
    meter?.push(Buffer.from('late'))
    await new Promise(setImmediate)
    expect(calls).toBe(1)
  })
})

describe('isEventStream()', () => {
  test.each([
    ['text/event-stream', true],
    ['Text/Event-Stream ; charset=utf-8', true],
    [' text/event-stream', true],
    ['text/event-stream-x', false],
    ['application/json', false],
    ['', false],
  ])('%j: %s', (contentType, answer) => {
    expect(isEventStream(contentType)).toBe(answer)
  })
})
