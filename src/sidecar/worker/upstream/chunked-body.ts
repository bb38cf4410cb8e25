import { readHeaderName } from '../../../core/header-name.ts'
import { ProtocolError } from './response-head.ts'

type Place = 'size' | 'data' | 'data-end' | 'trailer'

/** Longest line of a chunk size with its extensions, and of a trailer. */
const MAX_LINE = 8 * 1024
const MAX_TRAILER_LINES = 64
const SIZE = /^([0-9a-fA-F]{1,12})[ \t]*(?:;.*)?$/
const FORBIDDEN = /[^\t\x20-\x7e\x80-\xff]/
const FRAMING: ReadonlySet<string> = new Set(['content-length', 'transfer-encoding'])
const MAX_FAST_DIGITS = 7
const CR = 0x0d
const LF = 0x0a

/**
 * Takes the framing off a chunked body. What one read brings is given out as one buffer: events that came together leave
 * together, and the work for each of them is done once.
 */
export class ChunkedBody {
  #place: Place = 'size'
  #left = 0
  #line = ''
  #trailerLines = 0
  #isOver = false
  readonly #maxLine: number

  constructor({ maxLine }: { readonly maxLine: number } = { maxLine: MAX_LINE }) {
    this.#maxLine = maxLine
  }

  get isOver(): boolean {
    return this.#isOver
  }

  /**
   * @param bytes as they came; not kept, but overwritten: the payload is moved together in their memory.
   * @returns the payload in them and how many of them belonged to this body.
   * @throws ProtocolError
   */
  push(bytes: Buffer): { readonly payload: Buffer | undefined; readonly used: number } {
    let at = 0
    let [start, end] = [0, 0]
    while (at < bytes.length && !this.#isOver) {
      if (this.#place === 'data') {
        const next = Math.min(bytes.length, at + this.#left)
        if (end === 0) start = at
        else bytes.copyWithin(end, at, next)
        end = end === 0 ? next : end + next - at
        this.#left -= next - at
        if (this.#left === 0) this.#place = 'data-end'
        at = next
      } else at = this.#skipBoundary(bytes, at) ?? this.#takeLine(bytes, at)
    }
    return { payload: end === 0 ? undefined : bytes.subarray(start, end), used: at }
  }

  /** The usual case without making strings: the end of a chunk, and a bare size that is wholly there. */
  #skipBoundary(bytes: Buffer, from: number): number | undefined {
    if (this.#line !== '') return undefined
    if (this.#place === 'data-end') {
      if (bytes[from] !== CR || bytes[from + 1] !== LF) return undefined
      this.#place = 'size'
      return from + 2
    }
    if (this.#place !== 'size') return undefined
    let at = from
    let size = 0
    for (
      let digit = readHexDigit(bytes[at]);
      digit >= 0 && at - from < MAX_FAST_DIGITS;
      digit = readHexDigit(bytes[at])
    ) {
      size = size * 16 + digit
      at += 1
    }
    if (size === 0 || bytes[at] !== CR || bytes[at + 1] !== LF) return undefined
    this.#left = size
    this.#place = 'data'
    return at + 2
  }

  #takeLine(bytes: Buffer, from: number): number {
    const end = bytes.indexOf(LF, from)
    const upTo = end < 0 ? bytes.length : end
    if (this.#line.length + upTo - from > this.#maxLine) throw new ProtocolError('a chunk line is too long')
    this.#line += bytes.toString('latin1', from, upTo)
    if (end < 0) return upTo
    const line = this.#line
    this.#line = ''
    if (line.charCodeAt(line.length - 1) !== CR) throw new ProtocolError('a chunk line does not end in CR LF')
    this.#onLine(line.slice(0, -1))
    return end + 1
  }

  #onLine(line: string): void {
    if (this.#place === 'data-end') {
      if (line !== '') throw new ProtocolError('a chunk is longer than it says')
      this.#place = 'size'
    } else if (this.#place === 'size') this.#onSize(line)
    else this.#onTrailer(line)
  }

  #onSize(line: string): void {
    const size = SIZE.exec(line)?.[1]
    if (size === undefined || FORBIDDEN.test(line)) throw new ProtocolError('a chunk size is malformed')
    this.#left = Number.parseInt(size, 16)
    this.#place = this.#left === 0 ? 'trailer' : 'data'
  }

  // Trailers are dropped: no API needs them, and nothing may be added to a head that has gone out.
  #onTrailer(line: string): void {
    if (line === '') {
      this.#isOver = true
      return
    }
    this.#trailerLines += 1
    if (this.#trailerLines > MAX_TRAILER_LINES) throw new ProtocolError('there are too many trailers')
    const colon = line.indexOf(':')
    // Read as strictly as a header. One that frames a message (RFC 9110 §6.5.1) has no place here, and parsers differ about it.
    const name = colon < 1 ? undefined : readHeaderName(line.slice(0, colon))
    if (name === undefined || FRAMING.has(name.lower) || FORBIDDEN.test(line)) {
      throw new ProtocolError('a trailer is malformed')
    }
  }
}

/** 0–15, or -1 for any other byte and for none. */
function readHexDigit(byte: number | undefined): number {
  if (byte === undefined) return -1
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  const letter = byte | 0x20
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1
}
