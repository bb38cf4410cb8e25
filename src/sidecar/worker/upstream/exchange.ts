import type { Socket } from 'node:net'
import { writeFramed } from '../wire/write-bytes.ts'
import { type BodyWriter, createBodyWriter } from './request-body-writer.ts'
import type { renderRequestHead, UpstreamRequest } from './request-head.ts'
import type { ResponseHead } from './response-head.ts'
import { ResponseParser, type ResponseSink } from './response-parser.ts'

/** Lets the receiver of an answer hold it back or end it. */
export interface AnswerControl {
  pause(): void
  resume(): void
  /** Ends the request; the handler hears `onResponseError` with this reason. */
  abort(reason: Error): void
}

/** Hears one answer: start, head, data, then exactly one of end and error. */
export interface AnswerHandler {
  onRequestStart(control: AnswerControl): void
  onResponseStart(control: AnswerControl, head: ResponseHead): void
  /**
   * @param payload valid during the call only; what one read of the connection brought comes as one piece.
   * @param isLast nothing of the body follows.
   */
  onResponseData(control: AnswerControl, payload: Buffer, isLast: boolean): void
  onResponseEnd(control: AnswerControl): void
  onResponseError(control: AnswerControl, error: Error): void
}

/** The upstream closed or broke the connection before its answer was complete. */
class ConnectionCutError extends Error {
  readonly code = 'ECONNRESET'
}

/** The upstream was silent for longer than allowed. */
export class SilenceError extends Error {
  readonly code = 'ETIMEDOUT'
}

export interface ExchangeEnd {
  readonly isReusable: boolean
  readonly keepAliveSeconds: number | undefined
}

/** Who owns the connection of an exchange. */
export interface ExchangeOwner {
  /** The exchange takes no bytes for now. */
  readonly onPause: () => void
  /** The exchange takes bytes again. */
  readonly onResume: () => void
  /** The exchange no longer needs the connection. */
  readonly onEnd: (end: ExchangeEnd) => void
}

/** One request and its answer; it starts without a connection and is given one. */
export class Exchange implements AnswerControl, ResponseSink {
  readonly request: UpstreamRequest
  readonly #handler: AnswerHandler
  readonly #parser: ResponseParser
  #writer: BodyWriter | undefined
  #owner: ExchangeOwner | undefined
  #isOver = false
  #isPaused = false
  #cut: Error | undefined
  readonly #now: () => number
  #lastActivity: number

  /** @param now coarse clock in milliseconds. */
  constructor(request: UpstreamRequest, handler: AnswerHandler, now: () => number) {
    this.request = request
    this.#handler = handler
    this.#now = now
    this.#lastActivity = now()
    this.#parser = new ResponseParser(request.method, this)
  }

  get isOver(): boolean {
    return this.#isOver
  }

  /** Held back by the receiver: silence is then ours. */
  get isPaused(): boolean {
    return this.#isPaused
  }

  /** Writes the request. The connection is this exchange's until `onEnd`. */
  run(socket: Socket, rendered: ReturnType<typeof renderRequestHead>, owner: ExchangeOwner): void {
    this.#owner = owner
    const { body } = this.request
    if (body === null) socket.write(rendered.text, 'latin1')
    else if (Buffer.isBuffer(body)) writeFramed(socket, body, { before: rendered.text, after: '' })
    else {
      socket.write(rendered.text, 'latin1')
      this.#writer = createBodyWriter(
        socket,
        { body, framing: rendered.framing },
        {
          onProgress: () => this.#touch(),
          onDone: () => this.#touch(),
          onError: (error) => this.fail(error),
        },
      )
    }
  }

  /** When the upstream last gave a sign of life, or took one of ours. */
  get lastActivity(): number {
    return this.#lastActivity
  }

  /** @param bytes valid during the call only. */
  push(bytes: Buffer): void {
    this.#touch()
    this.#parse(bytes)
  }

  /** The connection has ended, with an error or without. */
  close(error: Error | undefined): void {
    this.#cut ??= error ?? new ConnectionCutError('the upstream closed the connection')
    this.#parse(error === undefined ? 'end' : 'break')
  }

  #parse(what: Buffer | 'end' | 'break' | 'rest'): void {
    if (this.#isOver) return
    try {
      if (what === 'end' || what === 'break') this.#parser.end(what === 'break')
      else if (what === 'rest') this.#parser.proceed()
      else this.#parser.push(what)
    } catch (error) {
      this.#break(error as Error)
      return
    }
    if (this.#cut !== undefined && this.#parser.isCut) this.#break(this.#cut)
  }

  fail(error: Error): void {
    if (this.#isOver) return
    this.#finish(false)
    this.#handler.onResponseError(this, error)
  }

  // Later, because what came before the break in the same read must have left for the client by then.
  #break(error: Error): void {
    if (this.#isOver) return
    this.#finish(false)
    setImmediate(() => this.#handler.onResponseError(this, error))
  }

  pause(): void {
    if (this.#isPaused || this.#isOver) return
    this.#isPaused = true
    this.#owner?.onPause()
  }

  resume(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    this.#touch()
    // Before the rest is read: it may be the end, and the connection must not lie in the pool unread.
    this.#owner?.onResume()
    this.#parse('rest')
  }

  abort(reason: Error): void {
    this.fail(reason)
  }

  onHead(head: ResponseHead): void {
    if (!this.#isOver) this.#handler.onResponseStart(this, head)
  }

  onPayload(payload: Buffer, isLast: boolean): void {
    if (!this.#isOver) this.#handler.onResponseData(this, payload, isLast)
  }

  onComplete(): void {
    if (this.#isOver) return
    // An upstream that answers before it has read the whole request leaves the connection in an unknown state.
    const isWritten = this.#writer === undefined || this.#writer.isDone
    this.#finish(isWritten && this.#parser.isPersistent)
    this.#handler.onResponseEnd(this)
  }

  #touch(): void {
    this.#lastActivity = this.#now()
  }

  #finish(isReusable: boolean): void {
    this.#isOver = true
    this.#writer?.stop()
    this.#owner?.onEnd({ isReusable, keepAliveSeconds: this.#parser.keepAliveSeconds })
    this.#owner = undefined
  }
}
