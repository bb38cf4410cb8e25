import { renderFrame } from '../../__tests__/fakes/websocket-frames.ts'
import type { Dice } from '../engine/dice.ts'

/** A frame with any head; `mask` makes it a client's. */
export interface FrameParts {
  readonly opcode: number
  readonly payload: Buffer
  readonly isFinal: boolean
  readonly mask?: Buffer
  readonly reserved?: number
}

export function renderAnyFrame({ opcode, payload, isFinal, mask, reserved = 0 }: FrameParts): Buffer {
  const frame = renderFrame(opcode, payload)
  frame[0] = (isFinal ? 0x80 : 0) | reserved | opcode
  if (mask === undefined) return frame
  const head = frame.length - payload.length
  frame[1] = (frame[1] ?? 0) | 0x80
  const masked = Buffer.from(payload.map((byte, at) => byte ^ (mask[at % 4] ?? 0)))
  return Buffer.concat([frame.subarray(0, head), mask, masked])
}

/** Messages in one or more frames, with a control frame between them here and there. */
export function generateFrames(dice: Dice, payload: () => Buffer, isMasked = false): Buffer {
  const messages = Array.from({ length: 1 + dice.below(3) }, () => generateMessage(dice, payload))
  const frames = messages.flat()
  if (dice.chance(6)) frames.push({ opcode: 8, payload: Buffer.from([3, 232]), isFinal: true })
  return Buffer.concat(frames.map((frame) => renderAnyFrame(isMasked ? { ...frame, mask: dice.bytes(4) } : frame)))
}

function generateMessage(dice: Dice, payload: () => Buffer): FrameParts[] {
  const frames: FrameParts[] = []
  const whole = payload()
  const opcode = dice.chance(5) ? 2 : 1
  const parts = dice.chance(2) ? 1 + dice.below(4) : 1
  for (let [part, at] = [1, 0]; part <= parts; part += 1) {
    const end = part === parts ? whole.length : at + dice.below(whole.length - at + 1)
    const reserved = part === 1 && dice.chance(20) ? 0x40 : 0
    frames.push({
      opcode: part === 1 ? opcode : 0,
      payload: whole.subarray(at, end),
      isFinal: part === parts,
      reserved,
    })
    at = end
    if (dice.chance(6)) frames.push({ opcode: dice.pick([9, 10]), payload: payload().subarray(0, 125), isFinal: true })
  }
  return frames
}

export interface ReadFrame {
  readonly opcode: number
  readonly isFinal: boolean
  readonly reserved: number
  /** Where the payload stands; it may be cut off by the end of the bytes. */
  readonly start: number
  readonly end: number
  readonly isWhole: boolean
  readonly mask: Buffer | undefined
}

/** Every frame in the bytes, written plainly from RFC 6455 §5.2; ends at a head that is not whole. */
export function listFrames(bytes: Buffer): ReadFrame[] {
  const frames: ReadFrame[] = []
  for (let at = 0; at + 2 <= bytes.length; ) {
    const head = readFrameHead(bytes, at)
    if (head === undefined) break
    const { start, length, mask } = head
    const first = bytes[at] ?? 0
    frames.push({
      opcode: first & 0x0f,
      isFinal: first >= 0x80,
      reserved: first & 0x70,
      start,
      end: Math.min(bytes.length, start + length),
      isWhole: start + length <= bytes.length,
      mask,
    })
    at = start + length
  }
  return frames
}

function readFrameHead(bytes: Buffer, at: number) {
  const second = bytes[at + 1] ?? 0
  const code = second & 0x7f
  const extra = code === 126 ? 2 : code === 127 ? 8 : 0
  const isMasked = second >= 0x80
  const start = at + 2 + extra + (isMasked ? 4 : 0)
  if (start > bytes.length) return undefined
  const long = extra === 2 ? bytes.readUInt16BE(at + 2) : code
  const length = extra === 8 ? Number(bytes.readBigUInt64BE(at + 2)) : long
  return { start, length, mask: isMasked ? bytes.subarray(start - 4, start) : undefined }
}
