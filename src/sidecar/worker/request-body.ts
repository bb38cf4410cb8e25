import type { BodyReceiver, ClientRequest } from './client/client-request.ts'
import type { ByteSink, ByteSource } from './wire/byte-source.ts'

/** A body up to this size is collected and sent with the head in one write; a larger one streams with flat memory. */
const HELD_BODY_BYTES = 256 * 1024

/** `Buffer`: held whole. An upload is sent as it comes; it may be replayed as long as it kept its bytes. */
export type RequestBody = Buffer | Upload | null

export interface BodyRules {
  /** Bytes of a streamed body that are kept for one replay; 0 = none. */
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
  request: ClientRequest,
  rules: BodyRules,
  done: (body: RequestBody | 'too-large') => void,
): void {
  const { framing } = request.head
  if (framing.kind === 'none') {
    done(null)
    return
  }
  request.connection.sendContinue()
  if (framing.kind === 'length' && framing.bytes <= HELD_BODY_BYTES) {
    request.receiver = new Collection(framing.bytes, done)
  } else if (rules.mustHold) hold(request, rules.keepBytes, done)
  else done(new Upload(request, rules.keepBytes))
}

/** Collects a small body of known length. */
class Collection implements BodyReceiver {
  readonly #done: (body: Buffer) => void
  readonly #size: number
  #body: Buffer | undefined
  #received = 0

  constructor(size: number, done: (body: Buffer) => void) {
    this.#size = size
    this.#done = done
  }

  onData(bytes: Buffer): void {
    // Not before a byte is there: a client that only announces a body must not cost its memory.
    this.#body ??= Buffer.allocUnsafe(this.#size)
    bytes.copy(this.#body, this.#received)
    this.#received += bytes.length
  }

  onEnd(): void {
    if (this.#body !== undefined) this.#done(this.#body)
  }

  onLeave(): void {
    this.#body = undefined
  }
}

function hold(request: ClientRequest, limit: number, done: (body: Buffer | 'too-large') => void): void {
  const upload = new Upload(request, limit)
  upload.whole().then(
    (body) => {
      // A client that left is seen by its answer; there is nobody to answer.
      if (body !== undefined) done(body)
      else if (upload.received > limit) done('too-large')
    },
    () => undefined,
  )
}

/**
 * A request's body as the upstream's client reads it. When an upstream answers early and stops reading, the client of ours must
 * still get that answer: detaching discards the rest of the body instead of the connection it comes on.
 */
class Upload implements ByteSource, BodyReceiver {
  readonly #request: ClientRequest
  readonly #keepBytes: number
  readonly #ended = Promise.withResolvers<void>()
  #kept: Buffer[] | undefined
  /** Bytes that came while nobody took them; what follows them is held back. */
  #waiting: Buffer[] = []
  #sink: ByteSink | undefined
  #isPaused = false
  #isDiscarding = false
  #hasLeft = false
  received = 0

  constructor(request: ClientRequest, keepBytes: number) {
    this.#request = request
    this.#keepBytes = keepBytes
    this.#kept = keepBytes > 0 ? [] : undefined
    request.receiver = this
  }

  /** True as long as every byte so far was kept. */
  get canBeReplayed(): boolean {
    return this.#kept !== undefined
  }

  /** The whole body once it has arrived; undefined when it was larger than what is kept, or the client left. */
  async whole(): Promise<Buffer | undefined> {
    this.detach()
    if (!this.#request.isComplete && !this.#hasLeft) await this.#ended.promise
    return this.#request.isComplete && this.#kept !== undefined ? Buffer.concat(this.#kept) : undefined
  }

  attach(sink: ByteSink): void {
    if (this.#isDiscarding) return
    this.#sink = sink
    if (this.#hasLeft) sink.onError(new Error('client left'))
    else this.resume()
  }

  pause(): void {
    this.#isPaused = true
    this.#request.connection.pauseBody()
  }

  resume(): void {
    this.#isPaused = false
    while (!this.#isPaused) {
      const bytes = this.#waiting.shift()
      if (bytes === undefined) break
      this.#sink?.onData(bytes)
    }
    if (this.#isPaused) return
    if (this.#request.isComplete) this.#sink?.onEnd()
    else this.#request.connection.resumeBody()
  }

  detach(): void {
    this.#sink = undefined
    this.#isDiscarding = true
    this.#waiting = []
    this.#request.connection.resumeBody()
  }

  onData(bytes: Buffer): void {
    this.received += bytes.length
    if (this.received > this.#keepBytes) this.#kept = undefined
    this.#kept?.push(Buffer.from(bytes))
    if (this.#isDiscarding) return
    if (this.#sink !== undefined && !this.#isPaused && this.#waiting.length === 0) {
      this.#sink.onData(bytes)
      return
    }
    this.#waiting.push(Buffer.from(bytes))
    this.#request.connection.pauseBody()
  }

  onEnd(): void {
    this.#ended.resolve()
    if (this.#waiting.length === 0 && !this.#isDiscarding) this.#sink?.onEnd()
  }

  onLeave(): void {
    this.#hasLeft = true
    this.#ended.resolve()
    if (!this.#isDiscarding) this.#sink?.onError(new Error('client left'))
  }
}
