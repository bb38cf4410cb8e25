import { ChunkedBody } from './chunked-body.ts'
import { ProtocolError, parseResponseHead, type ResponseHead } from './response-head.ts'

export interface ResponseSink {
  /** While true nothing more is given out; {@link ResponseParser.proceed} goes on. */
  readonly isPaused: boolean
  onHead(head: ResponseHead): void
  /** @param payload valid during the call only. */
  onPayload(payload: Buffer, isLast: boolean): void
  /** The answer is complete. No call follows. */
  onComplete(): void
}

const MAX_HEAD = 64 * 1024
const MAX_INTERIM = 16
const HEAD_END = Buffer.from('\r\n\r\n')
const FIRST_ROOM = 1024
const NOTHING = Buffer.alloc(0)

/** Reads exactly one answer from the bytes of a connection. */
export class ResponseParser {
  readonly #method: string
  readonly #sink: ResponseSink
  #pending: Buffer | undefined
  /** Memory of our own in which `#pending` grows. */
  #room: Buffer = NOTHING
  /** Bytes of a head in which its end was looked for in vain. */
  #searched = 0
  #head: ResponseHead | undefined
  #left = 0
  #chunked: ChunkedBody | undefined
  #interim = 0
  #isBodyOver = false
  #hasEnded = false
  #isBroken = false
  #isOver = false

  constructor(method: string, sink: ResponseSink) {
    this.#method = method
    this.#sink = sink
  }

  get isOver(): boolean {
    return this.#isOver
  }

  /** True when the upstream has closed, everything it sent was given out, and that was not a whole answer. */
  get isCut(): boolean {
    return this.#hasEnded && !this.#isOver && !this.#sink.isPaused
  }

  /** Whether the connection can carry another exchange. Bytes behind the answer: the two sides do not agree where it ends. */
  get isPersistent(): boolean {
    return this.#head?.isPersistent === true && this.#pending === undefined && !this.#hasEnded
  }

  get keepAliveSeconds(): number | undefined {
    return this.#head?.keepAliveSeconds
  }

  /** @param bytes valid during the call only: what is left for later is copied. @throws ProtocolError */
  push(bytes: Buffer): void {
    const isOwn = this.#pending !== undefined
    this.#pending = this.#pending === undefined ? bytes : this.#append(this.#pending, bytes)
    this.proceed()
    if (this.#pending === undefined) this.#room = NOTHING
    if (this.#pending !== undefined && !isOwn) this.#pending = Buffer.from(this.#pending)
  }

  // Grows by doubling: a head that comes byte by byte must not be copied at each of them.
  #append(pending: Buffer, bytes: Buffer): Buffer {
    const isInRoom = pending.buffer === this.#room.buffer
    const start = isInRoom ? pending.byteOffset - this.#room.byteOffset : 0
    const end = start + pending.length
    if (!isInRoom || end + bytes.length > this.#room.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(FIRST_ROOM, 2 * (pending.length + bytes.length)))
      pending.copy(grown)
      this.#room = grown
      return this.#append(grown.subarray(0, pending.length), bytes)
    }
    bytes.copy(this.#room, end)
    return this.#room.subarray(start, end + bytes.length)
  }

  /**
   * The upstream has closed.
   * @param isBroken by an error, such as a reset: that is never the end of an answer, not even of one that lasts until the close.
   */
  end(isBroken = false): void {
    this.#hasEnded = true
    this.#isBroken = isBroken
    this.proceed()
  }

  /** Gives out what is there, as far as the sink is not paused. @throws ProtocolError */
  proceed(): void {
    while (!this.#isOver && !this.#sink.isPaused) {
      if (this.#isBodyOver) this.#complete()
      else if (!this.#step()) break
    }
    if (this.#hasEnded && !this.#isBroken && this.#head?.framing.kind === 'until-close' && !this.#sink.isPaused)
      this.#complete()
  }

  /** @returns false when more bytes are needed. */
  #step(): boolean {
    const bytes = this.#pending
    if (bytes === undefined) return false
    this.#pending = undefined
    const rest = this.#head === undefined ? this.#takeHead(bytes) : this.#takeBody(bytes, this.#head)
    if (rest !== undefined && rest.length > 0) this.#pending = rest
    return this.#head !== undefined || rest !== bytes
  }

  /** @returns what lies behind the head; the bytes themselves when its end is not among them. */
  #takeHead(bytes: Buffer): Buffer {
    const end = bytes.indexOf(HEAD_END, Math.max(0, this.#searched - HEAD_END.length + 1))
    this.#searched = end < 0 ? bytes.length : 0
    // All but the last byte of the end may be there already: where the bytes are cut must not decide.
    if (end > MAX_HEAD || (end < 0 && bytes.length >= MAX_HEAD + HEAD_END.length))
      throw new ProtocolError('the head is too long')
    if (end < 0) return bytes
    const head = parseResponseHead(bytes.toString('latin1', 0, end), this.#method)
    if (head.status < 200) this.#onInterim(head.status)
    else this.#onHead(head)
    return bytes.subarray(end + HEAD_END.length)
  }

  #onInterim(status: number): void {
    this.#interim += 1
    if (status === 101 || this.#interim > MAX_INTERIM) throw new ProtocolError('an interim answer was not asked for')
  }

  #onHead(head: ResponseHead): void {
    this.#head = head
    if (head.framing.kind === 'none') this.#isBodyOver = true
    if (head.framing.kind === 'length') this.#left = head.framing.bytes
    if (head.framing.kind === 'chunked') this.#chunked = new ChunkedBody()
    this.#sink.onHead(head)
  }

  #takeBody(bytes: Buffer, head: ResponseHead): Buffer | undefined {
    if (this.#chunked !== undefined) return this.#takeChunks(bytes, this.#chunked)
    if (head.framing.kind === 'until-close') {
      this.#sink.onPayload(bytes, false)
      return undefined
    }
    const used = Math.min(bytes.length, this.#left)
    this.#left -= used
    this.#isBodyOver = this.#left === 0
    this.#sink.onPayload(used === bytes.length ? bytes : bytes.subarray(0, used), this.#isBodyOver)
    return used === bytes.length ? undefined : bytes.subarray(used)
  }

  #takeChunks(bytes: Buffer, body: ChunkedBody): Buffer | undefined {
    const { payload, used } = body.push(bytes)
    this.#isBodyOver = body.isOver
    if (payload !== undefined) this.#sink.onPayload(payload, body.isOver)
    return used === bytes.length ? undefined : bytes.subarray(used)
  }

  #complete(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#sink.onComplete()
  }
}
