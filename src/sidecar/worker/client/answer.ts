import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { isCongested, writeBytes, writeFramed } from '../wire/write-bytes.ts'

/** What an answer may ask of its connection. */
export interface AnswerConnection {
  readonly socket: Socket
  /** Seconds that an idle connection is kept. */
  readonly keepAliveSeconds: number
  /** The answer is out; `isKept` says whether the connection may carry another one. */
  onAnswered(isKept: boolean): void
}

/** What about a request decides how it is answered. */
export interface Answered {
  readonly method: string
  readonly isVersion11: boolean
  readonly isPersistent: boolean
}

type Framing = 'none' | 'length' | 'chunked' | 'until-close'

const LAST_CHUNK = '0\r\n\r\n'
const NOTHING = Buffer.alloc(0)

/**
 * The answer to one request, written to the client's socket: head and first bytes leave in one piece. Its head is written as it
 * is given, so names and values come from a strict parser or are our own.
 */
export class Answer {
  /** Called when the client leaves before the answer has ended. */
  onGone: (() => void) | undefined
  /** Called when a `write` that returned false has left. */
  onDrain: (() => void) | undefined
  readonly #connection: AnswerConnection
  readonly #request: Answered
  #head = ''
  #framing: Framing = 'none'
  #isKept: boolean
  #isHeadSent = false
  #isOver = false
  #isDestroyed = false

  constructor(connection: AnswerConnection, request: Answered) {
    this.#connection = connection
    this.#request = request
    this.#isKept = request.isPersistent
  }

  /** A refusal is no longer possible. */
  get isHeadSent(): boolean {
    return this.#isHeadSent
  }

  /** Ended, or broken off by either side: nothing more can be written. */
  get isOver(): boolean {
    return this.#isOver || this.#isDestroyed
  }

  get isDestroyed(): boolean {
    return this.#isDestroyed || (!this.#isOver && this.#connection.socket.destroyed)
  }

  /** The connection ends with this answer. */
  closeAfter(): void {
    this.#isKept = false
  }

  /** @param headers flat list with lower-case names; without Connection, Keep-Alive and Transfer-Encoding. */
  sendHead(status: number, reason: string | undefined, headers: readonly string[]): void {
    if (this.#isHeadSent || this.isOver) return
    this.#isHeadSent = true
    const parts = [`HTTP/1.1 ${status} ${reason ?? STATUS_CODES[status] ?? 'Unknown'}\r\n`]
    let hasLength = false
    let hasDate = false
    for (let index = 0; index + 1 < headers.length; index += 2) {
      const name = headers[index] ?? ''
      if (name === 'content-length') hasLength = true
      else if (name === 'date') hasDate = true
      parts.push(name, ': ', headers[index + 1] ?? '', '\r\n')
    }
    this.#framing = this.#decideFraming(status, hasLength)
    if (!hasDate) parts.push('date: ', renderDate(), '\r\n')
    if (this.#framing === 'chunked') parts.push('transfer-encoding: chunked\r\n')
    if (this.#framing === 'until-close') this.#isKept = false
    parts.push(this.#isKept ? this.#keptLines() : CLOSED_LINES)
    this.#head = parts.join('')
    // The first bytes of the body are here in the same turn, or they may be long in coming.
    process.nextTick(flushHead, this)
  }

  /** @param bytes valid during the call only. @returns false when the client is slow: `onDrain` follows. */
  write(bytes: Buffer): boolean {
    if (bytes.length === 0 || this.isOver || this.#framing === 'none') return true
    const before = this.#takeHead()
    if (this.#framing !== 'chunked') this.#send(bytes, before, '')
    else this.#send(bytes, `${before}${bytes.length.toString(16)}\r\n`, '\r\n')
    return !isCongested(this.#connection.socket)
  }

  /** Ends the answer as a whole one. */
  end(bytes: Buffer = NOTHING): void {
    if (this.isOver) return
    const isBare = bytes.length === 0 || this.#framing === 'none'
    const isChunked = this.#framing === 'chunked'
    const before = this.#takeHead()
    if (isBare) {
      const text = isChunked ? before + LAST_CHUNK : before
      if (text !== '') this.#connection.socket.write(text, 'latin1')
    } else if (isChunked) this.#send(bytes, `${before}${bytes.length.toString(16)}\r\n`, `\r\n${LAST_CHUNK}`)
    else this.#send(bytes, before, '')
    this.#isOver = true
    this.onGone = undefined
    this.#connection.onAnswered(this.#isKept)
  }

  /** Breaks the answer off, so that it cannot be taken for a whole one. */
  destroy(): void {
    if (this.isOver) return
    this.#isDestroyed = true
    const { socket } = this.#connection
    // Where the end of the connection is the end of the body, only a reset tells that it is not.
    if (this.#framing === 'until-close') socket.resetAndDestroy()
    else socket.destroy()
  }

  /** The connection is gone. */
  abandon(): void {
    if (this.#isOver) return
    this.#isDestroyed = true
    const { onGone } = this
    this.onGone = undefined
    onGone?.()
  }

  #decideFraming(status: number, hasLength: boolean): Framing {
    if (this.#request.method === 'HEAD' || status === 204 || status === 304) return 'none'
    if (hasLength) return 'length'
    return this.#request.isVersion11 ? 'chunked' : 'until-close'
  }

  #keptLines(): string {
    return `connection: keep-alive\r\nkeep-alive: timeout=${this.#connection.keepAliveSeconds}\r\n\r\n`
  }

  /** The head leaves now, if it has not. */
  flush(): void {
    if (this.#head !== '' && !this.isOver) this.#connection.socket.write(this.#takeHead(), 'latin1')
  }

  #takeHead(): string {
    const head = this.#head
    this.#head = ''
    return head
  }

  #send(bytes: Buffer, before: string, after: string): void {
    const { socket } = this.#connection
    if (before === '' && after === '') writeBytes(socket, bytes)
    else writeFramed(socket, bytes, { before, after })
  }
}

const flushHead = (answer: Answer): void => answer.flush()

const CLOSED_LINES = 'connection: close\r\n\r\n'

let [dateSecond, dateText] = [0, '']

// An answer without a date gets one (RFC 9110 §6.6.1); a second has one text.
function renderDate(): string {
  const second = Math.floor(Date.now() / 1000)
  if (second !== dateSecond) [dateSecond, dateText] = [second, new Date(second * 1000).toUTCString()]
  return dateText
}
