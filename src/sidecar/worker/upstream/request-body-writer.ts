import type { Socket } from 'node:net'
import type { ByteSink, ByteSource } from '../wire/byte-source.ts'
import { isCongested, writeBytes, writeFramed } from '../wire/write-bytes.ts'
import type { RequestFraming } from './request-head.ts'

export interface BodyWriter {
  /** True once the last byte has been handed to the socket. */
  readonly isDone: boolean
  /** Stops reading the source; safe to call at any time. */
  stop(): void
}

export interface BodyWriterEvents {
  readonly onProgress: () => void
  readonly onDone: () => void
  readonly onError: (error: Error) => void
}

/** Streams a body upstream with the source held back by the socket. */
export function createBodyWriter(
  socket: Socket,
  source: { readonly body: ByteSource; readonly framing: RequestFraming },
  events: BodyWriterEvents,
): BodyWriter {
  return new StreamedBody(socket, source, events)
}

class StreamedBody implements BodyWriter, ByteSink {
  readonly #socket: Socket
  readonly #body: ByteSource
  readonly #isChunked: boolean
  readonly #events: BodyWriterEvents
  isDone = false

  constructor(
    socket: Socket,
    source: { readonly body: ByteSource; readonly framing: RequestFraming },
    events: BodyWriterEvents,
  ) {
    this.#socket = socket
    this.#body = source.body
    this.#isChunked = source.framing === 'chunked'
    this.#events = events
    socket.on('drain', this.#onDrain)
    source.body.attach(this)
  }

  stop(): void {
    this.#socket.off('drain', this.#onDrain)
    if (!this.isDone) this.#body.detach()
  }

  onData(bytes: Buffer): void {
    if (bytes.length === 0) return
    this.#events.onProgress()
    const socket = this.#socket
    if (this.#isChunked) writeFramed(socket, bytes, { before: `${bytes.length.toString(16)}\r\n`, after: '\r\n' })
    else writeBytes(socket, bytes)
    if (isCongested(socket)) this.#body.pause()
  }

  onEnd(): void {
    if (this.#isChunked) this.#socket.write('0\r\n\r\n', 'latin1')
    this.isDone = true
    this.#socket.off('drain', this.#onDrain)
    this.#events.onDone()
  }

  onError(error: Error): void {
    this.#socket.off('drain', this.#onDrain)
    this.#events.onError(error)
  }

  readonly #onDrain = (): void => {
    this.#events.onProgress()
    this.#body.resume()
  }
}
