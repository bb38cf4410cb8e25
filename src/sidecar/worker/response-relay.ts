import type { ServerResponse } from 'node:http'
import type { Dispatcher } from 'undici'
import type { Outcome } from '../../core/events.ts'
import { REDACTED, type Secret } from '../../core/secret.ts'
import { deriveClientHeaders } from '../../core/upstream-headers.ts'
import { type Call, sendRefusal } from './call.ts'
import { classifyFailure, refusalOf } from './failure.ts'
import type { Forwarding, Recovery } from './forwarding.ts'
import { type BodyMeter, createBodyMeter, isEventStream } from './meter.ts'

type Headers = Record<string, string | string[] | undefined>
type Controller = Dispatcher.DispatchController

const NOTHING = Buffer.alloc(0)
const RECOVERABLE = new Set([401, 421])

/**
 * Relays one answer of the upstream to the client: bytes leave when they arrive, backpressure holds the upstream, a client that
 * leaves ends the upstream request, and an upstream that breaks off breaks the client's answer off too, never ends it cleanly.
 */
export class ResponseRelay implements Dispatcher.DispatchHandler {
  readonly #forwarding: Forwarding
  readonly #call: Call
  readonly #response: ServerResponse
  readonly #secret: Secret | null
  readonly #replay: (recovery: Recovery) => void
  #controller: Controller | undefined
  #meter: BodyMeter | undefined
  #expected = -1
  #held: Buffer[] = []
  #isOver = false
  #isSuperseded = false

  constructor(forwarding: Forwarding, secret: Secret | null, replay: (recovery: Recovery) => void) {
    this.#forwarding = forwarding
    this.#call = forwarding.call
    this.#response = forwarding.response
    this.#secret = secret
    this.#replay = replay
    this.#response.once('close', this.#onClientClose)
  }

  onRequestStart(controller: Controller): void {
    this.#controller = controller
    if (this.#response.destroyed) controller.abort(new Error('client left'))
  }

  // biome-ignore lint/complexity/useMaxParams: undici's handler interface fixes the parameters.
  onResponseStart(controller: Controller, status: number, headers: Headers, statusText?: string): void {
    // 100 Continue was answered by the server side already, 103 Early Hints is a hint only.
    if (status < 200) return
    if (RECOVERABLE.has(status) && this.#canReplay()) {
      controller.pause()
      this.#recover(controller, { status, headers, statusText }).catch((error: unknown) => this.fail(error))
      return
    }
    this.#sendHead(status, headers, statusText)
  }

  // Chunks of one read of the upstream's socket leave in one write: a stream of small events costs a third, and nothing waits,
  // because the tick ends as soon as the parser has handed over what was read.
  onResponseData(_controller: Controller, chunk: Buffer): void {
    this.#call.bytesOut += chunk.length
    if (this.#held.push(chunk) > 1) return
    if (this.#call.bytesOut === this.#expected) this.#flush()
    else process.nextTick(this.#flush)
  }

  onResponseEnd(): void {
    if (this.#isSuperseded) return
    this.#flush()
    if (!this.#response.writableEnded) this.#response.end()
    this.#finish('complete')
  }

  onResponseError(_controller: Controller, error: Error): void {
    this.fail(error)
  }

  /** Ends the call because of an error: as a refusal before the head, as a broken answer after it. */
  fail(error: unknown): void {
    if (this.#isSuperseded || this.#isOver) return
    this.#flush()
    if (this.#response.destroyed) {
      this.#finish('client-aborted')
      return
    }
    if (this.#response.headersSent) {
      this.#response.destroy()
      this.#finish('upstream-cut')
      return
    }
    const failure = classifyFailure(error)
    const invalid = failure.code === 'UND_ERR_INVALID_ARG'
    const code = invalid ? 'malformed_request' : refusalOf(failure)
    sendRefusal(this.#call, this.#response, { code, detail: `${this.#call.upstream}: ${failure.code}` })
    this.#finish('upstream-failed')
  }

  readonly #flush = (): void => {
    const [first, ...rest] = this.#held
    if (first === undefined) return
    this.#held = []
    const bytes = rest.length === 0 ? first : Buffer.concat([first, ...rest])
    this.#meter?.push(bytes)
    if (this.#response.writableEnded || this.#response.destroyed) return
    if (this.#call.bytesOut === this.#expected) {
      // The last byte of a body of known length: end with it, so that head and body leave in one write.
      this.#response.end(bytes)
    } else if (!this.#response.write(bytes)) {
      this.#controller?.pause()
      this.#response.once('drain', () => this.#controller?.resume())
    }
  }

  readonly #onClientClose = (): void => {
    if (this.#isOver || this.#isSuperseded || this.#response.writableFinished) return
    this.#finish('client-aborted')
    this.#controller?.abort(new Error('client left'))
  }

  #canReplay(): boolean {
    const { body } = this.#forwarding
    return this.#call.replayed === undefined && (body === null || Buffer.isBuffer(body))
  }

  async #recover(
    controller: Controller,
    answer: { status: number; headers: Headers; statusText: string | undefined },
  ): Promise<void> {
    const recovery = await this.#forwarding.recover(answer.status, this.#secret)
    if (this.#isOver) return
    if (recovery === undefined) {
      this.#sendHead(answer.status, answer.headers, answer.statusText)
      controller.resume()
      return
    }
    this.#isSuperseded = true
    this.#response.off('close', this.#onClientClose)
    controller.abort(new Error('superseded by a replay'))
    this.#replay(recovery)
  }

  #sendHead(status: number, headers: Headers, statusText: string | undefined): void {
    const call = this.#call
    const contentType = String(headers['content-type'] ?? '')
    const length = headers['content-length']
    const isStream = isEventStream(contentType)
    if (isStream) call.transport = 'sse'
    call.status = status
    call.firstByteAt = performance.now()
    if (length !== undefined && call.method !== 'HEAD') this.#expected = Number(length)
    this.#meter = createBodyMeter({
      contentType,
      wantsModel: call.model === undefined,
      contentEncoding: String(headers['content-encoding'] ?? ''),
    })
    this.#response.writeHead(status, statusText, this.#scrub(deriveClientHeaders(headers)))
    // Not flushHeaders(): that would encode header values as UTF-8 a second time (seen with Node 24).
    if (length === undefined) this.#response.write(NOTHING)
  }

  // An upstream that echoes the credential in a header must not hand it to the agent.
  #scrub(flat: string[]): string[] {
    const secret = this.#secret?.reveal()
    if (secret === undefined) return flat
    for (let index = 1; index < flat.length; index += 2) {
      if (flat[index]?.includes(secret) === true) flat[index] = (flat[index] ?? '').replaceAll(secret, REDACTED_HEADER)
    }
    return flat
  }

  #finish(outcome: Outcome): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#response.off('close', this.#onClientClose)
    this.#forwarding.onEnd({ outcome, meter: this.#meter })
  }
}

// Header values are latin-1; the guillemets of REDACTED are, too.
const REDACTED_HEADER = REDACTED
