import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'

/** A body up to this size is collected and sent with the head in one write; a larger one streams with flat memory. */
export const HELD_BODY_BYTES = 256 * 1024

/** `Buffer`: held whole. A stream is sent as it comes; it may be sent again as long as it kept its bytes. */
export type RequestBody = Buffer | UploadStream | null

export interface BodyRules {
  /** Bytes of a streamed body that are kept for one repetition; 0 = none. */
  readonly keepBytes: number
  /** A signature covers the whole body: it must be held before the first byte goes out, up to `keepBytes`. */
  readonly mustHold: boolean
}

/** Bytes of a body that have arrived so far. */
export function countReceived(body: RequestBody): number {
  if (body === null) return 0
  return Buffer.isBuffer(body) ? body.length : body.received
}

/**
 * Gives the body in the form it will be sent. Calls back synchronously when there is none.
 * @param done never called when the client leaves before a held body is complete; `too-large` only with `mustHold`.
 */
export function readRequestBody(
  request: IncomingMessage,
  rules: BodyRules,
  done: (body: RequestBody | 'too-large') => void,
): void {
  const { headers } = request
  const length = headers['content-length']
  if (length === undefined && headers['transfer-encoding'] === undefined) {
    done(null)
    return
  }
  const size = Number(length)
  if (size === 0) done(null)
  else if (size <= HELD_BODY_BYTES) collect(request, size, done)
  else if (rules.mustHold) hold(request, rules.keepBytes, done)
  else done(new UploadStream(request, rules.keepBytes))
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

function hold(request: IncomingMessage, limit: number, done: (body: Buffer | 'too-large') => void): void {
  const upload = new UploadStream(request, limit)
  upload.whole().then(
    (body) => {
      // A client that left is seen by its response; there is nobody to answer.
      if (body !== undefined) done(body)
      else if (upload.received > limit) done('too-large')
    },
    () => undefined,
  )
}

/**
 * A request's body as the upstream's client reads it. When an upstream answers early and stops reading, the client of ours must
 * still get that answer: destroying this stream discards the rest of the body instead of the connection it comes on.
 */
export class UploadStream extends Readable {
  readonly #request: IncomingMessage
  readonly #keepBytes: number
  readonly #ended: Promise<void>
  #kept: Buffer[] | undefined
  #isDraining = false
  received = 0

  constructor(request: IncomingMessage, keepBytes: number) {
    super({ highWaterMark: HELD_BODY_BYTES })
    this.#request = request
    this.#keepBytes = keepBytes
    this.#kept = keepBytes > 0 ? [] : undefined
    this.#ended = new Promise((resolve) => {
      request.once('end', resolve)
      request.once('close', resolve)
    })
    request.on('data', (chunk: Buffer) => this.#take(chunk))
    request.once('end', () => {
      if (!this.destroyed) this.push(null)
    })
    request.once('close', () => {
      if (!request.complete) this.destroy(new Error('client left'))
    })
  }

  /** True as long as every byte so far was kept. */
  get canBeRepeated(): boolean {
    return this.#kept !== undefined
  }

  /** The whole body once it has arrived; undefined when it was larger than what is kept, or the client left. */
  async whole(): Promise<Buffer | undefined> {
    this.#isDraining = true
    this.#request.resume()
    await this.#ended
    return this.#request.complete && this.#kept !== undefined ? Buffer.concat(this.#kept) : undefined
  }

  override _read(): void {
    this.#request.resume()
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#request.resume()
    callback(error)
  }

  #take(chunk: Buffer): void {
    this.received += chunk.length
    if (this.received > this.#keepBytes) this.#kept = undefined
    this.#kept?.push(chunk)
    if (this.#isDraining || this.destroyed) return
    if (!this.push(chunk)) this.#request.pause()
  }
}
