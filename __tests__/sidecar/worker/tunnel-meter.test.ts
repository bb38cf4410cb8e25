import { constants, deflateRawSync } from 'node:zlib'
import { describe, expect, test } from '@jest/globals'
import type { TokenUsage } from '../../../src/core/events.ts'
import type { MeterReading } from '../../../src/sidecar/worker/meter.ts'
import { createTunnelMeter } from '../../../src/sidecar/worker/tunnel-meter.ts'
import { OPCODE, renderFrame } from '../../fakes/websocket-frames.ts'

const completed = (input: number, output: number): Buffer =>
  Buffer.from(
    JSON.stringify({
      type: 'response.completed',
      response: { model: 'gpt-x', usage: { input_tokens: input, output_tokens: output } },
    }),
  )

function deflated(payload: Buffer): Buffer {
  const frame = renderFrame(
    OPCODE.text,
    deflateRawSync(payload, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4),
  )
  frame[0] = (frame[0] ?? 0) | 0x40
  return frame
}

function create(id: number): Buffer {
  const payload = Buffer.from(JSON.stringify({ type: 'response.create', model: 'gpt-x', id }))
  return Buffer.concat([Buffer.from([0x80 | OPCODE.text, 0x80 | payload.length, 0, 0, 0, 0]), payload])
}

function createMeter() {
  const booked: TokenUsage[] = []
  const further = { count: 0 }
  const meter = createTunnelMeter({
    onFurtherRequest: () => {
      further.count += 1
    },
    onUsage: (usage) => booked.push(usage),
  })
  const end = (): Promise<MeterReading> =>
    new Promise((resolve) => meter.end(({ usage, model }) => resolve({ usage, model })))
  return { meter, booked, further, end }
}

describe('createTunnelMeter()', () => {
  test('books each response with what it alone used; all but the first are further requests', async () => {
    const { meter, booked, further, end } = createMeter()
    meter.fromUpstream(renderFrame(OPCODE.text, completed(10, 2)))
    meter.fromUpstream(renderFrame(OPCODE.text, completed(30, 5)))
    expect(booked).toEqual([
      { input: 10, output: 2, cached: 0 },
      { input: 30, output: 5, cached: 0 },
    ])
    expect(further.count).toBe(1)
    expect(await end()).toEqual({ usage: { input: 40, output: 7, cached: 0 }, model: 'gpt-x' })
  })

  test('counts each response.create but the first as a further request, also when no usage is ever told', () => {
    const { meter, booked, further } = createMeter()
    for (let id = 0; id < 4; id += 1) meter.fromClient(create(id))
    expect([further.count, booked]).toEqual([3, []])
  })

  test('counts a request that was asked for and reports its usage once', () => {
    const { meter, further } = createMeter()
    for (let id = 0; id < 3; id += 1) {
      meter.fromClient(create(id))
      meter.fromUpstream(renderFrame(OPCODE.text, completed(10, 2)))
    }
    expect(further.count).toBe(2)
  })

  test('reads frames that come byte by byte', async () => {
    const { meter, booked, end } = createMeter()
    for (const byte of renderFrame(OPCODE.text, completed(10, 2))) meter.fromUpstream(Buffer.from([byte]))
    await end()
    expect(booked).toHaveLength(1)
  })

  test('reads compressed messages to the last one before the end', async () => {
    const { meter, booked, end } = createMeter()
    meter.fromUpstream(deflated(completed(10, 2)))
    expect(await end()).toMatchObject({ usage: { input: 10, output: 2, cached: 0 } })
    expect(booked).toHaveLength(1)
  })

  test.each([
    ['garbage', Buffer.from('\xff\x00\x13garbage', 'latin1')],
    ['a compressed message that is broken', Buffer.from([0xc1, 3, 0xff, 0xff, 0xff])],
    ['a frame that never ends', renderFrame(OPCODE.text, completed(1, 1)).subarray(0, 20)],
    ['nothing', Buffer.alloc(0)],
  ])('survives %s', async (_name, bytes) => {
    const { meter, booked, end } = createMeter()
    meter.fromUpstream(bytes)
    meter.fromClient(bytes)
    expect((await end()).usage).toBeUndefined()
    expect(booked).toEqual([])
  })
})
