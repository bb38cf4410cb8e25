import { describe, expect, test } from '@jest/globals'
import { EchoNeedles } from '../../../src/sidecar/worker/echo-needles.ts'
import { createFrameScrubber } from '../../../src/sidecar/worker/frame-scrubber.ts'
import { createFrameParser, OPCODE, renderFrame } from '../../fakes/websocket-frames.ts'

const SECRET = 'sk-proj-T0k/en+0123456789'
const MASK = '*'.repeat(SECRET.length)
const needles = EchoNeedles.create([SECRET])

const text = (payload: string): Buffer => renderFrame(OPCODE.text, Buffer.from(payload))

/** The parts of one message, each in a frame of its own. */
function fragments(...parts: readonly string[]): Buffer[] {
  return parts.map((part, index) => {
    const frame = renderFrame(index === 0 ? OPCODE.text : OPCODE.continuation, Buffer.from(part))
    if (index < parts.length - 1) frame[0] = (frame[0] ?? 0) & 0x7f
    return frame
  })
}

function scrub(chunks: readonly Buffer[]): Buffer | undefined {
  const scrubber = createFrameScrubber(needles)
  const sent = chunks.map((chunk) => scrubber.push(Buffer.from(chunk)))
  return sent.includes(undefined) ? undefined : Buffer.concat(sent as Buffer[])
}

/** Payloads of all frames, control frames apart. */
function read(bytes: Buffer): { readonly messages: string; readonly control: string } {
  const frames = createFrameParser()(bytes)
  const join = (isControl: boolean): string =>
    frames
      .filter(({ opcode }) => opcode >= OPCODE.close === isControl)
      .map(({ payload }) => payload.toString())
      .join('')
  return { messages: join(false), control: join(true) }
}

const long = 'x'.repeat(70_000)
const SETS: readonly (readonly [name: string, frames: readonly Buffer[], messages: string, control: string])[] = [
  ['a message', [text(`{"t":"${SECRET}"}`)], `{"t":"${MASK}"}`, ''],
  ['two messages', [text(`a ${SECRET}`), text(`${SECRET} b`)], `a ${MASK}${MASK} b`, ''],
  ['a message in two frames', fragments(`a ${SECRET.slice(0, 9)}`, `${SECRET.slice(9)} b`), `a ${MASK} b`, ''],
  ['a message of one byte in a frame', fragments(...`<${SECRET}>`), `<${MASK}>`, ''],
  [
    'a ping between two frames',
    (() => {
      const [first, second] = fragments(`a ${SECRET.slice(0, 9)}`, `${SECRET.slice(9)} b`) as [Buffer, Buffer]
      return [first, renderFrame(OPCODE.ping, Buffer.from('ping')), second]
    })(),
    `a ${MASK} b`,
    'ping',
  ],
  [
    'the reason of a close',
    [renderFrame(OPCODE.close, Buffer.from(`\x03\xe8${SECRET}`, 'latin1'))],
    '',
    `\x03\ufffd${MASK}`,
  ],
  ['a message that ends in a part of it', [text(`a ${SECRET.slice(0, 20)}`), text('b')], `a ${MASK.slice(0, 20)}b`, ''],
  ['a message that ends in a few letters of it', [text('a sk-'), text('proj b')], 'a sk-proj b', ''],
  ['a half each in two messages', [text(`a ${SECRET.slice(0, 5)}`), text(SECRET.slice(5))], `a ${SECRET}`, ''],
  ['an empty message', [text(''), text('x')], 'x', ''],
]

describe('createFrameScrubber()', () => {
  test.each(SETS)('%s, wherever the bytes are cut', (_name, frames, messages, control) => {
    const bytes = Buffer.concat(frames)
    for (let at = 0; at <= bytes.length; at += 1) {
      const sent = scrub([bytes.subarray(0, at), bytes.subarray(at)])
      expect(sent?.length).toBe(bytes.length)
      expect(read(sent ?? Buffer.alloc(0))).toEqual({ messages, control })
    }
    const single = Array.from({ length: bytes.length }, (_, index) => bytes.subarray(index, index + 1))
    expect(read(scrub(single) ?? Buffer.alloc(0))).toEqual({ messages, control })
  })

  test('reads every size of frame', () => {
    for (const filler of ['', long.slice(0, 200), long]) {
      const sent = scrub([text(`${filler}${SECRET}${filler}`), text(SECRET)])
      expect(read(sent ?? Buffer.alloc(0)).messages).toBe(`${filler}${MASK}${filler}${MASK}`)
    }
  })

  test('sends on what comes as soon as it comes', () => {
    const scrubber = createFrameScrubber(needles)
    const frame = text(long)
    for (const [from, to] of [
      [0, 4],
      [4, 5000],
      [5000, frame.length],
    ] as const) {
      expect(scrubber.push(Buffer.from(frame.subarray(from, to)))?.length).toBe(
        from === 0 ? 0 : from === 4 ? 5000 : to - from,
      )
    }
  })

  test.each([
    ['compressed', (frame: Buffer) => (frame[0] = (frame[0] ?? 0) | 0x40)],
    ['masked', (frame: Buffer) => (frame[1] = (frame[1] ?? 0) | 0x80)],
  ] as const)('passes nothing on from a frame that is %s, as none may be', (_name, spoil) => {
    const frame = text('hello')
    spoil(frame)
    const scrubber = createFrameScrubber(needles)
    expect(scrubber.push(frame)).toBeUndefined()
    expect(scrubber.push(text('hello'))).toBeUndefined()
  })

  test('touches nothing where nothing was lent', () => {
    const bytes = Buffer.from('not even a frame')
    expect(createFrameScrubber(undefined).push(bytes)).toBe(bytes)
  })
})
