import { REFRESH_BODY_LIMIT } from '../../core/credentials/decide-refresh.ts'
import type { Outcome } from '../../core/events.ts'
import type { Secret } from '../../core/secret.ts'
import { AnswerDecoder } from './answer-decoder.ts'
import { type AnswerPlan, planAnswer, renderClientHead } from './answer-plan.ts'
import { type Call, sendRefusal } from './call.ts'
import type { Answer } from './client/answer.ts'
import { type Coding, unpackBeginning } from './content-codings.ts'
import type { EchoNeedles } from './echo-needles.ts'
import { createEchoScrubber, type EchoScrubber } from './echo-scrubber.ts'
import { classifyFailure, refusalOf } from './failure.ts'
import type { Forwarding } from './forwarding.ts'
import { type BodyMeter, createBodyMeter, isEventStream } from './meter.ts'
import { type PendingAnswer, prepareReplay, type Replay } from './pending-answer.ts'
import type { AnswerControl, AnswerHandler } from './upstream/exchange.ts'
import { InvalidRequestError } from './upstream/request-head.ts'
import type { ResponseHead } from './upstream/response-head.ts'
import { toAnswer } from './upstream/to-answer.ts'

type Controller = AnswerControl

/**
 * Relays one answer of the upstream to the client: bytes leave when they arrive, backpressure holds the upstream, a client that
 * leaves ends the upstream request, and an upstream that breaks off breaks the client's answer off too, never ends it cleanly.
 */
export class ResponseRelay implements AnswerHandler {
  readonly #forwarding: Forwarding
  readonly #call: Call
  readonly #answer: Answer
  readonly #secret: Secret | null
  readonly #replay: (replay: Replay) => void
  readonly #needles: EchoNeedles | undefined
  #controller: Controller | undefined
  #meter: BodyMeter | undefined
  #scrubber: EchoScrubber | undefined
  #decoder: AnswerDecoder | undefined
  #pending: PendingAnswer | undefined
  #isOver = false
  #isSuperseded = false

  constructor(forwarding: Forwarding, secret: Secret | null, replay: (replay: Replay) => void) {
    this.#forwarding = forwarding
    this.#call = forwarding.call
    this.#answer = forwarding.answer
    this.#secret = secret
    this.#needles = forwarding.call.runtime.needles(secret, forwarding.to)
    this.#replay = replay
    this.#answer.onGone = this.#onClientGone
    this.#answer.onDrain = () => this.#source?.resume()
  }

  /** Who is held while the client is slow. */
  get #source(): Pick<Controller, 'pause' | 'resume'> | undefined {
    return this.#decoder ?? this.#controller
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
    if (this.#decoder === undefined) this.#take(chunk, isLast)
    // A copy: it is unpacked later, and the chunk is valid during this call only.
    else if (!this.#decoder.push(Buffer.from(chunk))) controller.pause()
  }

  onResponseEnd(controller: Controller): void {
    if (this.#isSuperseded) return
    if (this.#pending !== undefined) {
      this.#pending.hasEnded = true
      this.#judge(controller, this.#pending)
      return
    }
    if (this.#decoder === undefined) this.#endAnswer()
    else this.#decoder.end()
  }

  onResponseError(_controller: Controller, error: Error): void {
    // What came before the break leaves before the answer is broken off.
    if (this.#decoder === undefined) this.fail(error)
    else this.#decoder.settle(() => this.fail(error))
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
    const code = error instanceof InvalidRequestError ? 'malformed_request' : refusalOf(failure)
    sendRefusal(this.#call, this.#answer, { code, detail: `${this.#call.upstream}: ${failure.code}` })
    this.#finish('upstream-failed')
  }

  #take(chunk: Buffer, isLast: boolean): void {
    this.#call.bytesOut += chunk.length
    const bytes = this.#scrubber?.push(chunk) ?? chunk
    if (bytes.length > 0) this.#meter?.push(bytes, isLast)
    // Ended with its last bytes, so that they and the end leave in one write.
    if (isLast && this.#scrubber?.isHolding !== true) this.#answer.end(bytes)
    else if (!this.#answer.write(bytes)) this.#source?.pause()
  }

  readonly #endAnswer = (): void => {
    const kept = this.#scrubber?.end()
    if (kept !== undefined && kept.length > 0) this.#meter?.push(kept)
    this.#answer.end(kept)
    this.#finish('complete')
  }

  readonly #onClientGone = (): void => {
    if (this.#isOver || this.#isSuperseded) return
    const controller = this.#controller
    this.#finish('client-aborted')
    controller?.abort(new Error('client left'))
  }

  #hold(controller: Controller, pending: PendingAnswer, chunk: Buffer): void {
    pending.chunks.push(Buffer.from(chunk))
    pending.size += chunk.length
    if (pending.size >= REFRESH_BODY_LIMIT) this.#judge(controller, pending)
  }

  // The head alone did not tell; now the beginning of the body does.
  #judge(controller: Controller, pending: PendingAnswer): void {
    if (pending.isJudged) return
    const body = unpackBeginning(Buffer.concat(pending.chunks), pending.head.contentEncoding).toString('latin1')
    const { status, headers } = toAnswer(pending.head)
    if (this.#forwarding.judge({ status, headers, body }) === 'refresh') this.#recover(controller, pending)
    else this.#release(controller, pending)
  }

  #recover(controller: Controller, pending: PendingAnswer): void {
    pending.isJudged = true
    if (!pending.hasEnded) controller.pause()
    prepareReplay(this.#forwarding, pending, this.#secret).then(
      (replay) => {
        if (this.#isOver) return
        if (replay === undefined) this.#release(controller, pending)
        else this.#supersede(controller, pending, replay)
      },
      // No credential to replay with: the client gets the upstream's own word, and the paused connection is read on.
      () => this.#isOver || this.#release(controller, pending),
    )
  }

  #supersede(controller: Controller, pending: PendingAnswer, replay: Replay): void {
    this.#isSuperseded = true
    if (!pending.hasEnded) controller.abort(new Error('superseded by a replay'))
    this.#replay(replay)
  }

  #release(controller: Controller, pending: PendingAnswer): void {
    this.#pending = undefined
    this.#sendHead(pending.head)
    if (this.#isOver) return
    for (const chunk of pending.chunks) this.onResponseData(controller, chunk, false)
    if (pending.hasEnded) this.onResponseEnd(controller)
    else controller.resume()
  }

  #sendHead(head: ResponseHead): void {
    const plan = planAnswer(head, this.#needles)
    const call = this.#call
    if (plan.kind === 'refuse') {
      sendRefusal(call, this.#answer, { code: 'upstream_encoding', detail: call.upstream })
      const controller = this.#controller
      this.#finish('upstream-failed')
      controller?.abort(new Error('unreadable'))
      return
    }
    const { status, contentType } = head
    if (isEventStream(contentType)) call.transport = 'sse'
    call.status = status
    call.firstByteAt = performance.now()
    this.#prepareBody(head, plan)
    const { reason, headers } = renderClientHead(head, plan, this.#needles)
    this.#answer.sendHead(status, reason, headers)
  }

  #prepareBody({ contentType, contentEncoding }: ResponseHead, plan: AnswerPlan): void {
    if (this.#needles !== undefined) this.#scrubber = createEchoScrubber(this.#needles)
    if (plan.kind === 'decode') this.#decoder = this.#createDecoder(plan.codings)
    const subject = { contentType, contentEncoding: plan.kind === 'decode' ? '' : contentEncoding }
    this.#meter = createBodyMeter({ ...subject, wantsModel: this.#call.model === undefined })
  }

  #createDecoder(codings: readonly Coding[]): AnswerDecoder {
    return new AnswerDecoder(codings, {
      onData: (bytes) => this.#take(bytes, false),
      onDrain: () => this.#controller?.resume(),
      onEnd: this.#endAnswer,
      onError: (error) => {
        const controller = this.#controller
        this.fail(error)
        controller?.abort(error)
      },
    })
  }

  #finish(outcome: Outcome): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#decoder?.destroy()
    this.#answer.onGone = undefined
    this.#forwarding.onEnd({ outcome, meter: this.#meter })
    this.#letGo()
  }

  /**
   * An object that has grown old keeps all it refers to alive until the next whole collection, although it is dead itself: without this,
   * a third of what a request needs outlives it (measured).
   */
  #letGo(): void {
    this.#answer.onDrain = undefined
    this.#controller = undefined
    this.#decoder = undefined
    this.#meter = undefined
    this.#scrubber = undefined
  }
}
