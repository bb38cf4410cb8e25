import type { Socket } from 'node:net'
import type { Readable } from 'node:stream'
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
  source: { readonly body: Readable; readonly framing: RequestFraming },
  events: BodyWriterEvents,
): BodyWriter {
  return new StreamedBody(socket, source, events)
}

class StreamedBody implements BodyWriter {
  readonly #socket: Socket
  readonly #body: Readable
  readonly #isChunked: boolean
  readonly #events: BodyWriterEvents
  isDone = false

  constructor(
    socket: Socket,
    source: { readonly body: Readable; readonly framing: RequestFraming },
    events: BodyWriterEvents,
  ) {
    this.#socket = socket
    this.#body = source.body
    this.#isChunked = source.framing === 'chunked'
    this.#events = events
    socket.on('drain', this.#onDrain)
    source.body.on('data', this.#onData)
    source.body.once('end', this.#onEnd)
    source.body.once('error', this.#onError)
  }

  stop(): void {
    this.#leave()
    if (!this.isDone) this.#body.destroy()
  }

  readonly #onData = (bytes: Buffer): void => {
    if (bytes.length === 0) return
    this.#events.onProgress()
    const socket = this.#socket
    if (this.#isChunked) {
      socket.cork()
      socket.write(`${bytes.length.toString(16)}\r\n`, 'latin1')
      socket.write(bytes)
      socket.write('\r\n', 'latin1')
      socket.uncork()
    } else socket.write(bytes)
    if (socket.writableNeedDrain) this.#body.pause()
  }

  readonly #onDrain = (): void => {
    this.#events.onProgress()
    this.#body.resume()
  }

  readonly #onEnd = (): void => {
    if (this.#isChunked) this.#socket.write('0\r\n\r\n', 'latin1')
    this.isDone = true
    this.#leave()
    this.#events.onDone()
  }

  readonly #onError = (error: Error): void => {
    this.#leave()
    this.#events.onError(error)
  }

  #leave(): void {
    this.#socket.off('drain', this.#onDrain)
    this.#body.off('data', this.#onData)
    this.#body.off('end', this.#onEnd)
    this.#body.off('error', this.#onError)
    // A late error of a body nobody reads any more must not be an uncaught one.
    this.#body.on('error', () => undefined)
  }
}
