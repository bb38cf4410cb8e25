import { createFrameReader, type FrameReaderOptions } from '../../src/core/usage/frame-reader.ts'
import { createResponsesSocketMeter } from '../../src/core/usage/websocket-meter.ts'
import { cutBytes } from '../engine/dice.ts'
import { demandEqual, type Target } from '../engine/target.ts'
import { generateFrames, listFrames, type ReadFrame, renderAnyFrame } from './socket-frames.ts'
import { checkFigures, generateEvent, USAGE_WORDS } from './usage-words.ts'

interface Reading {
  readonly texts: readonly string[]
  readonly broken: string | undefined
}

const MAX_PAYLOAD = 2000

/** The reader of frames as they pass, both directions, and the meter behind it. */
export function createWebsocketMeterTarget(create: typeof createFrameReader = createFrameReader): Target {
  return {
    name: 'websocket-meter',
    reads: 'WebSocket frames, for their tokens',
    seeds: [
      renderAnyFrame({
        opcode: 1,
        payload: Buffer.from('{"type":"response.create","model":"m"}'),
        isFinal: true,
        mask: Buffer.from('abcd'),
      }),
      renderAnyFrame({
        opcode: 1,
        payload: Buffer.from('{"usage":{"input_tokens":3,"output_tokens":4}}'),
        isFinal: true,
      }),
      Buffer.from([0x81, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
    ],
    words: [
      ...USAGE_WORDS,
      Buffer.from([0x81, 0x00]),
      Buffer.from([0x80, 0x7e, 0, 1]),
      Buffer.from([0x01, 0x03]),
      Buffer.from([0x89, 0x80]),
    ],
    generate: (dice) =>
      generateFrames(
        dice,
        () => Buffer.from(dice.chance(30) ? 'x'.repeat(dice.below(4000)) : JSON.stringify(generateEvent(dice))),
        dice.chance(2),
      ),
    mustReach: ['texts', 'nothing', 'broken masking', 'broken reserved-bits', 'broken fragmentation', 'broken opcode'],
    check: (input, dice) => {
      const masked = dice.chance(2)
      const whole = readFrames(create, masked, [Buffer.from(input)])
      demandEqual(
        readFrames(create, masked, cutBytes(input, dice)),
        whole,
        'frames are the same however their bytes are cut',
      )
      if (whole.broken === undefined) demandEqual(whole.texts, listTexts(input), 'messages are those of a plain reader')
      const meter = createResponsesSocketMeter()
      for (const text of whole.texts)
        (masked ? meter.readClientText : meter.readServerText)(Buffer.from(text, 'latin1'))
      checkFigures(meter.usage)
      return whole.broken === undefined ? (whole.texts.length > 0 ? 'texts' : 'nothing') : `broken ${whole.broken}`
    },
  }
}

function readFrames(create: typeof createFrameReader, masked: boolean, pieces: readonly Buffer[]): Reading {
  const texts: string[] = []
  const onText: FrameReaderOptions['onText'] = (payload) => texts.push(Buffer.from(payload).toString('latin1'))
  const reader = create({ masked, maxPayload: MAX_PAYLOAD, onText, onCompressed: () => undefined })
  for (const piece of pieces) reader.push(piece)
  return { texts, broken: reader.broken }
}

/** Text messages before the first close, for bytes that the reader takes for good. */
function listTexts(input: Buffer): string[] {
  const texts: string[] = []
  let parts: Buffer[] = []
  let isText = false
  for (const frame of listFrames(input)) {
    if (frame.opcode === 8 && frame.isWhole) break
    if (frame.opcode >= 8 || !frame.isWhole) continue
    if (frame.opcode !== 0) isText = frame.opcode === 1 && (frame.reserved & 0x40) === 0
    parts.push(readPayload(input, frame))
    if (!frame.isFinal) continue
    if (isText) texts.push(Buffer.concat(parts).subarray(0, MAX_PAYLOAD).toString('latin1'))
    parts = []
  }
  return texts
}

function readPayload(input: Buffer, { start, end, mask }: ReadFrame): Buffer {
  return Buffer.from(input.subarray(start, end).map((byte, at) => byte ^ (mask?.[at % 4] ?? 0)))
}
