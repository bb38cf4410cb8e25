import type { EchoNeedles } from './echo-needles.ts'

/** Bytes of a credential as they pass by in an answer are overwritten, in place and length, so that no framing changes. */
export interface EchoScrubber {
  /** The bytes to send now. The end of a chunk that could be the beginning of a credential is kept for the next one. */
  push(chunk: Buffer): Buffer
  /** What was kept. A credential that is cut off there is overwritten as far as it came. */
  end(): Buffer
  /** True while something is kept. */
  readonly isHolding: boolean
}

const NOTHING = Buffer.alloc(0)
const MASK = '*'
/**
 * Fewer bytes are no secret (`sk-proj`, `ghs_`), and many a text ends so: they leave at once and are remembered, so that what
 * follows them is still known for the rest of a credential. More are no coincidence: they wait, however long it takes.
 */
export const HELD_FROM = 8

/** A scrubber for one answer, or for one direction of a tunnel. */
export function createEchoScrubber(needles: EchoNeedles): EchoScrubber {
  return new Scrubber(needles)
}

class Scrubber implements EchoScrubber {
  readonly #needles: EchoNeedles
  /** The end of what has come that could be a beginning; the first `#sent` bytes of it have left. */
  #open: Buffer = NOTHING
  #sent = 0

  constructor(needles: EchoNeedles) {
    this.#needles = needles
  }

  push(chunk: Buffer): Buffer {
    const bytes = this.#open.length === 0 ? chunk : Buffer.concat([this.#open, chunk])
    const sent = this.#sent
    const start = this.#needles.overwrite(bytes)
    if (start === bytes.length) {
      this.#open = NOTHING
      this.#sent = 0
      return sent === 0 ? bytes : bytes.subarray(sent)
    }
    // A copy: the chunk is the caller's, and may be overwritten by the next read.
    this.#open = Buffer.from(bytes.subarray(start))
    const end = this.#open.length < HELD_FROM ? bytes.length : Math.max(start, sent)
    this.#sent = Math.max(0, end - start)
    return bytes.subarray(sent, end)
  }

  get isHolding(): boolean {
    return this.#open.length > this.#sent
  }

  end(): Buffer {
    const kept = this.#open.subarray(this.#sent)
    this.#open = NOTHING
    this.#sent = 0
    return kept.fill(MASK)
  }
}
