import type { EchoNeedles } from './echo-needles.ts'
import { HELD_FROM } from './echo-scrubber.ts'

/** Overwrites a credential in the messages that an upstream sends, also where a message is cut into frames. */
export interface FrameScrubber {
  /**
   * The bytes to send now; what could be the beginning of a credential waits for the rest of its message.
   * @returns undefined once the bytes make no sense: what cannot be read cannot be searched.
   */
  push(chunk: Buffer): Buffer | undefined
}

type Range = readonly [start: number, end: number]

const NOTHING = Buffer.alloc(0)
const FIRST_CONTROL_OPCODE = 0x8
const RESERVED_BITS = 0x70
const FINAL = 0x80
const MASKED = 0x80

interface Frame {
  readonly isControl: boolean
  readonly isFinal: boolean
  left: number
}

/** @param needles without any, bytes pass untouched. */
export function createFrameScrubber(needles: EchoNeedles | undefined): FrameScrubber {
  return needles === undefined ? { push: (chunk) => chunk } : new Scrubber(needles)
}

class Scrubber implements FrameScrubber {
  readonly #needles: EchoNeedles
  /** What has come and not left. */
  #bytes: Buffer = NOTHING
  /** Where in `#bytes` the payload of the message under way lies, one range for each frame; of the control frame, too. */
  #message: Range[] = []
  #control: Range[] = []
  #frame: Frame | undefined
  /** Bytes at the end of `#bytes` that are the beginning of a head. */
  #headLength = 0
  #isBroken = false

  constructor(needles: EchoNeedles) {
    this.#needles = needles
  }

  push(chunk: Buffer): Buffer | undefined {
    if (this.#isBroken) return undefined
    const from = this.#bytes.length
    this.#bytes = from === 0 ? chunk : Buffer.concat([this.#bytes, chunk])
    const read = this.#read(from)
    if (read === undefined) {
      this.#isBroken = true
      return undefined
    }
    return this.#leave(Math.min(read, this.#search(this.#message), this.#search(this.#control)))
  }

  /** @returns how far the bytes were read: the head of a frame waits until it is whole. */
  #read(from: number): number | undefined {
    // A head that was not whole before is read again from its beginning.
    let at = from - this.#headLength
    this.#headLength = 0
    while (at < this.#bytes.length) {
      if (this.#frame === undefined) {
        const size = this.#openFrame(at)
        if (size === undefined) return undefined
        if (size === 0) {
          this.#headLength = this.#bytes.length - at
          return at
        }
        at += size
      }
      at = this.#takePayload(at)
    }
    return at
  }

  /** @returns the size of the head, 0 when it is not whole, undefined when it is none of a server. */
  #openFrame(at: number): number | undefined {
    const first = this.#bytes[at] ?? 0
    const second = this.#bytes[at + 1]
    // Reserved bits belong to extensions, and none was agreed on.
    if ((first & RESERVED_BITS) !== 0) return undefined
    if (second === undefined) return 0
    if (second >= MASKED) return undefined
    const extra = second === 126 ? 2 : second === 127 ? 8 : 0
    if (at + 2 + extra > this.#bytes.length) return 0
    const length = extra === 0 ? second : this.#readLength(at + 2, extra)
    if (!Number.isSafeInteger(length)) return undefined
    this.#frame = { isControl: (first & 0x0f) >= FIRST_CONTROL_OPCODE, isFinal: first >= FINAL, left: length }
    return 2 + extra
  }

  #readLength(at: number, size: number): number {
    let length = 0
    for (const byte of this.#bytes.subarray(at, at + size)) length = length * 256 + byte
    return length
  }

  #takePayload(at: number): number {
    const frame = this.#frame
    if (frame === undefined) return at
    const end = Math.min(this.#bytes.length, at + frame.left)
    const ranges = frame.isControl ? this.#control : this.#message
    if (end > at) ranges.push([at, end])
    frame.left -= end - at
    if (frame.left > 0) return end
    this.#frame = undefined
    if (frame.isFinal) this.#finish(ranges)
    return end
  }

  // The message is over: nothing can complete what its end looks like, and what came of a credential is overwritten.
  #finish(ranges: Range[]): void {
    const open = this.#search(ranges)
    const last = ranges.at(-1)?.[1] ?? 0
    const kept = ranges.filter(([, end]) => end > open)
    const size = kept.reduce((sum, [start, end]) => sum + end - Math.max(start, open), 0)
    if (open < last && size >= HELD_FROM)
      for (const [start, end] of kept) this.#bytes.fill('*', Math.max(start, open), end)
    ranges.length = 0
  }

  /** @returns where what must wait begins; the length of all bytes when nothing has to. */
  #search(ranges: readonly Range[]): number {
    const [first, ...others] = ranges
    const { length } = this.#bytes
    if (first === undefined) return length
    const [start, end] = first
    if (others.length === 0) {
      // Nearly always: a frame is a message, and is searched where it lies.
      const open = this.#needles.overwrite(this.#bytes.subarray(start, end))
      return start + open === end ? length : start + open
    }
    const joined = Buffer.concat(ranges.map(([from, to]) => this.#bytes.subarray(from, to)))
    const open = this.#needles.overwrite(joined)
    let done = 0
    let place = length
    for (const [from, to] of ranges) {
      joined.copy(this.#bytes, from, done, done + to - from)
      if (open >= done && open < done + to - from) place = from + open - done
      done += to - from
    }
    return place
  }

  #leave(end: number): Buffer {
    const left = this.#bytes.subarray(0, end)
    // A copy of the rest: the chunk is the caller's.
    this.#bytes = end === this.#bytes.length ? NOTHING : Buffer.from(this.#bytes.subarray(end))
    this.#message = shift(this.#message, end)
    this.#control = shift(this.#control, end)
    return left
  }
}

function shift(ranges: readonly Range[], by: number): Range[] {
  return ranges.filter(([, end]) => end > by).map(([start, end]) => [Math.max(0, start - by), end - by])
}
