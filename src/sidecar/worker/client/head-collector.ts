import { MalformedRequestError } from './request-head.ts'

/** Longest head, and what is read of one that never ends. */
export const MAX_HEAD_BYTES = 64 * 1024
const HEAD_END = Buffer.from('\r\n\r\n')
const FIRST_BYTES = 1024
const CR = 0x0d
const LF = 0x0a
const SPACE = 0x20
const LONGEST_METHOD = 20

/** A head, and how many of the bytes given last belonged to it. */
export interface FoundHead {
  readonly text: string
  readonly used: number
}

/** Finds the end of a head however its bytes are cut. The usual one comes whole and is not copied. */
export class HeadCollector {
  #kept = Buffer.alloc(0)
  #size = 0

  /** True when a head has begun. */
  get hasBegun(): boolean {
    return this.#size > 0
  }

  /**
   * @param bytes valid during the call only.
   * @returns undefined when more is needed; the bytes are then kept.
   * @throws MalformedRequestError when no byte that may follow makes a request of it.
   */
  push(bytes: Buffer): FoundHead | undefined {
    if (this.#size === 0) {
      const start = skipEmptyLine(bytes)
      const end = bytes.indexOf(HEAD_END, start)
      if (end >= 0 && end <= MAX_HEAD_BYTES) {
        return { text: bytes.toString('latin1', start, end), used: end + HEAD_END.length }
      }
    }
    return this.#collect(bytes)
  }

  #collect(bytes: Buffer): FoundHead | undefined {
    const before = this.#size
    this.#append(bytes)
    const kept = this.#kept.subarray(0, this.#size)
    const start = skipEmptyLine(kept)
    const end = kept.indexOf(HEAD_END, Math.max(start, before - HEAD_END.length + 1))
    if (end > MAX_HEAD_BYTES || (end < 0 && !canEnd(this.#size))) {
      throw new MalformedRequestError('the head is too long')
    }
    if (end < 0) {
      checkBeginning(kept.subarray(start), before - start)
      return undefined
    }
    this.#size = 0
    const text = kept.toString('latin1', start, end)
    this.#kept = Buffer.alloc(0)
    return { text, used: end + HEAD_END.length - before }
  }

  // Grows by doubling: a head that comes byte by byte must not be copied at each of them.
  #append(bytes: Buffer): void {
    const size = this.#size + bytes.length
    if (size > this.#kept.length) {
      const grown = Buffer.allocUnsafe(Math.max(size, this.#kept.length * 2, FIRST_BYTES))
      this.#kept.copy(grown, 0, 0, this.#size)
      this.#kept = grown
    }
    bytes.copy(this.#kept, this.#size)
    this.#size = size
  }
}

/** Whether a head of this many bytes can still end in time: all but the last byte of its end may be among them. */
function canEnd(size: number): boolean {
  return size < MAX_HEAD_BYTES + HEAD_END.length
}

/** An empty line before a request is stepped over (RFC 9112 §2.2): old clients send one behind a body. */
function skipEmptyLine(bytes: Buffer): number {
  if (bytes[0] !== CR || (bytes.length > 1 && bytes[1] !== LF)) return 0
  return Math.min(bytes.length, 2)
}

/** Refuses other protocols at their first bytes, such as TLS, whose client would wait for an answer until the time is over. */
function checkBeginning(kept: Buffer, seen: number): void {
  for (let at = 0; at < kept.length && at <= LONGEST_METHOD; at += 1) {
    const byte = kept[at] ?? 0
    if (byte === SPACE && at > 0) break
    if (at === LONGEST_METHOD || !isMethodByte(byte)) throw new MalformedRequestError('this is no request')
  }
  for (let at = kept.indexOf(LF, Math.max(0, seen)); at >= 0; at = kept.indexOf(LF, at + 1)) {
    if (kept[at - 1] !== CR) throw new MalformedRequestError('a line does not end in CR LF')
  }
}

function isMethodByte(byte: number): boolean {
  return (byte >= 0x41 && byte <= 0x5a) || byte === 0x2d
}
