import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'

/** A body up to this size is collected and sent with the head in one write; a larger one streams with flat memory. */
export const HELD_BODY_BYTES = 256 * 1024

/** `Buffer`: held whole, may be replayed. A stream is sent once. */
export type RequestBody = Buffer | UploadStream | null

/** Bytes of a body that have arrived so far. */
export function countReceived(body: RequestBody): number {
  if (body === null) return 0
  return Buffer.isBuffer(body) ? body.length : body.received
}

/**
 * Gives the body in the form it will be sent. Calls back synchronously when there is none.
 * @param done never called when the client leaves before a held body is complete.
 */
export function readRequestBody(request: IncomingMessage, done: (body: RequestBody) => void): void {
  const { headers } = request
  const length = headers['content-length']
  if (length === undefined && headers['transfer-encoding'] === undefined) {
    done(null)
    return
  }
  const size = Number(length)
  if (size === 0) done(null)
  else if (size <= HELD_BODY_BYTES) collect(request, size, done)
  else done(new UploadStream(request))
}

function collect(request: IncomingMessage, size: number, done: (body: Buffer) => void): void {
  const first = request.read() as Buffer | null
  const chunks: Buffer[] = first === null ? [] : [first]
  let received = first?.length ?? 0
  if (received === size && first !== null) {
    request.resume()
    done(first)
    return
  }
  request.on('data', (chunk: Buffer) => {
    chunks.push(chunk)
    received += chunk.length
    if (received === size) done(chunks.length === 1 ? chunk : Buffer.concat(chunks, size))
  })
}

/**
 * A request's body as the upstream's client reads it. When an upstream answers early and stops reading, the client of ours must
 * still get that answer: destroying this stream discards the rest of the body instead of the connection it comes on.
 */
class UploadStream extends Readable {
  readonly #request: IncomingMessage
  received = 0

  constructor(request: IncomingMessage) {
    super({ highWaterMark: HELD_BODY_BYTES })
    this.#request = request
    request.on('data', (chunk: Buffer) => {
      this.received += chunk.length
      if (!this.destroyed && !this.push(chunk)) request.pause()
    })
    request.once('end', () => this.push(null))
    request.once('close', () => {
      if (!request.complete) this.destroy(new Error('client left'))
    })
  }

  override _read(): void {
    this.#request.resume()
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#request.resume()
    callback(error)
  }
}
