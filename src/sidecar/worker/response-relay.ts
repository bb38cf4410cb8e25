import { listSecretTexts } from '../../core/credentials/aws-keys.ts'
import { REFRESH_BODY_LIMIT } from '../../core/credentials/decide-refresh.ts'
import type { Outcome } from '../../core/events.ts'
import type { Secret } from '../../core/secret.ts'
import { deriveClientHeaders } from '../../core/upstream-headers.ts'
import { type Call, sendRefusal } from './call.ts'
import type { Answer } from './client/answer.ts'
import { createEchoScrubber, type EchoScrubber, scrubHeaders } from './echo-scrubber.ts'
import { classifyFailure, refusalOf } from './failure.ts'
import type { Forwarding, Recovery } from './forwarding.ts'
import { type BodyMeter, createBodyMeter, isEventStream } from './meter.ts'
import type { AnswerControl, AnswerHandler } from './upstream/exchange.ts'
import type { ResponseHead } from './upstream/response-head.ts'
import { toAnswer } from './upstream/to-answer.ts'

type Controller = AnswerControl
type Replay = (recovery: Recovery, body: Buffer | null) => void

/** An answer that is not passed on yet, because it may mean that the request is repeated. */
interface PendingAnswer {
  readonly head: ResponseHead
  readonly chunks: Buffer[]
  size: number
  hasEnded: boolean
  isJudged: boolean
}

/**
 * Relays one answer of the upstream to the client: bytes leave when they arrive, backpressure holds the upstream, a client that
 * leaves ends the upstream request, and an upstream that breaks off breaks the client's answer off too, never ends it cleanly.
 */
export class ResponseRelay implements AnswerHandler {
  readonly #forwarding: Forwarding
  readonly #call: Call
  readonly #answer: Answer
  readonly #secret: Secret | null
  readonly #replay: Replay
  readonly #secretTexts: readonly string[]
  #controller: Controller | undefined
  #meter: BodyMeter | undefined
  #scrubber: EchoScrubber | undefined
  #pending: PendingAnswer | undefined
  #isOver = false
  #isSuperseded = false

  constructor(forwarding: Forwarding, secret: Secret | null, replay: Replay) {
    this.#forwarding = forwarding
    this.#call = forwarding.call
    this.#answer = forwarding.answer
    this.#secret = secret
    this.#secretTexts = secret === null ? [] : listSecretTexts(secret)
    this.#replay = replay
    this.#answer.onGone = this.#onClientGone
    this.#answer.onDrain = () => this.#controller?.resume()
  }

  onRequestStart(controller: Controller): void {
    this.#controller = controller
    if (this.#answer.isDestroyed) controller.abort(new Error('client left'))
  }

  onResponseStart(controller: Controller, head: ResponseHead): void {
    const judgement = this.#call.replayed === undefined ? this.#forwarding.judge(toAnswer(head)) : 'pass'
    if (judgement === 'pass') {
      this.#sendHead(head)
      return
    }
    this.#pending = { head, chunks: [], size: 0, hasEnded: false, isJudged: false }
    if (judgement === 'refresh') this.#recover(controller, this.#pending)
  }

  onResponseData(controller: Controller, chunk: Buffer, isLast: boolean): void {
    if (this.#pending !== undefined) {
      this.#hold(controller, this.#pending, chunk)
      return
    }
    this.#call.bytesOut += chunk.length
    this.#pass(this.#scrubber?.push(chunk) ?? chunk, isLast)
  }

  onResponseEnd(controller: Controller): void {
    if (this.#isSuperseded) return
    if (this.#pending !== undefined) {
      this.#pending.hasEnded = true
      this.#judge(controller, this.#pending)
      return
    }
    this.#endAnswer()
  }

  onResponseError(_controller: Controller, error: Error): void {
    this.fail(error)
  }

  /** Ends the call because of an error: as a refusal before the head, as a broken answer after it. */
  fail(error: unknown): void {
    if (this.#isSuperseded || this.#isOver) return
    if (this.#answer.isDestroyed) {
      this.#finish('client-aborted')
      return
    }
    if (this.#answer.isHeadSent) {
      this.#answer.destroy()
      this.#finish('upstream-cut')
      return
    }
    const failure = classifyFailure(error)
    const invalid = failure.code === 'UND_ERR_INVALID_ARG'
    const code = invalid ? 'malformed_request' : refusalOf(failure)
    sendRefusal(this.#call, this.#answer, { code, detail: `${this.#call.upstream}: ${failure.code}` })
    this.#finish('upstream-failed')
  }

  #pass(bytes: Buffer, isLast: boolean): void {
    if (bytes.length > 0) this.#meter?.push(bytes, isLast)
    // Ended with its last bytes, so that they and the end leave in one write.
    if (isLast && this.#scrubber?.isHolding !== true) this.#answer.end(bytes)
    else if (!this.#answer.write(bytes)) this.#controller?.pause()
  }

  #endAnswer(): void {
    const kept = this.#scrubber?.end()
    if (kept !== undefined && kept.length > 0) this.#meter?.push(kept)
    this.#answer.end(kept)
    this.#finish('complete')
  }

  readonly #onClientGone = (): void => {
    if (this.#isOver || this.#isSuperseded) return
    this.#finish('client-aborted')
    this.#controller?.abort(new Error('client left'))
  }

  #canReplay(): boolean {
    const { body } = this.#forwarding
    if (!this.#call.runtime.mayReplay) return false
    return body === null || Buffer.isBuffer(body) || body.canBeRepeated
  }

  #hold(controller: Controller, pending: PendingAnswer, chunk: Buffer): void {
    pending.chunks.push(Buffer.from(chunk))
    pending.size += chunk.length
    if (pending.size >= REFRESH_BODY_LIMIT) this.#judge(controller, pending)
  }

  // The head alone did not tell; now the beginning of the body does.
  #judge(controller: Controller, pending: PendingAnswer): void {
    if (pending.isJudged) return
    const body = Buffer.concat(pending.chunks).toString('latin1')
    const { status, headers } = toAnswer(pending.head)
    if (this.#forwarding.judge({ status, headers, body }) === 'refresh') this.#recover(controller, pending)
    else this.#release(controller, pending)
  }

  #recover(controller: Controller, pending: PendingAnswer): void {
    pending.isJudged = true
    if (!pending.hasEnded) controller.pause()
    this.#renew(pending).then(
      (replay) => {
        if (this.#isOver) return
        if (replay === undefined) this.#release(controller, pending)
        else this.#repeat(controller, pending, replay)
      },
      (error: unknown) => this.fail(error),
    )
  }

  async #renew(pending: PendingAnswer): Promise<{ recovery: Recovery; body: Buffer | null } | undefined> {
    const recovery = await this.#forwarding.recover(pending.head.status, this.#secret)
    // Where the body is gone this answer passes, but the client's next attempt must not meet the same refusal.
    if (recovery === undefined || !this.#canReplay()) return undefined
    const { body } = this.#forwarding
    const whole = body === null || Buffer.isBuffer(body) ? body : await body.whole()
    return whole === undefined ? undefined : { recovery, body: whole }
  }

  #repeat(controller: Controller, pending: PendingAnswer, replay: { recovery: Recovery; body: Buffer | null }): void {
    this.#isSuperseded = true
    if (!pending.hasEnded) controller.abort(new Error('superseded by a replay'))
    this.#replay(replay.recovery, replay.body)
  }

  #release(controller: Controller, pending: PendingAnswer): void {
    this.#pending = undefined
    this.#sendHead(pending.head)
    for (const chunk of pending.chunks) this.onResponseData(controller, chunk, false)
    if (pending.hasEnded) this.onResponseEnd(controller)
    else controller.resume()
  }

  #sendHead(head: ResponseHead): void {
    const call = this.#call
    const { status, contentType, contentEncoding } = head
    if (isEventStream(contentType)) call.transport = 'sse'
    call.status = status
    call.firstByteAt = performance.now()
    if (contentEncoding === '' && this.#secretTexts.length > 0) this.#scrubber = this.#createScrubber()
    this.#meter = createBodyMeter({ contentType, wantsModel: call.model === undefined, contentEncoding })
    this.#answer.sendHead(status, head.reason, scrubHeaders(deriveClientHeaders(head.headers), this.#secretTexts))
  }

  #createScrubber(): EchoScrubber {
    return createEchoScrubber(this.#secretTexts, (bytes) => {
      this.#meter?.push(bytes)
      this.#answer.write(bytes)
    })
  }

  #finish(outcome: Outcome): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#scrubber?.end()
    this.#answer.onGone = undefined
    this.#forwarding.onEnd({ outcome, meter: this.#meter })
  }
}
