import type { ServerResponse } from 'node:http'
import { REFRESH_BODY_LIMIT } from '../../core/credentials/decide-refresh.ts'
import type { Outcome } from '../../core/events.ts'
import type { Secret } from '../../core/secret.ts'
import { AnswerDecoder } from './answer-decoder.ts'
import { type AnswerPlan, planAnswer, renderClientHead } from './answer-plan.ts'
import { type Call, sendRefusal } from './call.ts'
import { type Coding, unpackBeginning } from './content-codings.ts'
import type { EchoNeedles } from './echo-needles.ts'
import { createEchoScrubber, type EchoScrubber } from './echo-scrubber.ts'
import { classifyFailure, refusalOf } from './failure.ts'
import type { Forwarding } from './forwarding.ts'
import { type BodyMeter, createBodyMeter, isEventStream } from './meter.ts'
import { type PendingAnswer, prepareReplay, type Replay } from './pending-answer.ts'
import type { AnswerControl, AnswerHandler } from './upstream/exchange.ts'
import type { ResponseHead } from './upstream/response-head.ts'
import { toAnswer } from './upstream/to-answer.ts'

type Controller = AnswerControl

const NOTHING = Buffer.alloc(0)

/**
 * Relays one answer of the upstream to the client: bytes leave when they arrive, backpressure holds the upstream, a client that
 * leaves ends the upstream request, and an upstream that breaks off breaks the client's answer off too, never ends it cleanly.
 */
export class ResponseRelay implements AnswerHandler {
  readonly #forwarding: Forwarding
  readonly #call: Call
  readonly #response: ServerResponse
  readonly #secret: Secret | null
  readonly #replay: (replay: Replay) => void
  readonly #needles: EchoNeedles | undefined
  #controller: Controller | undefined
  #meter: BodyMeter | undefined
  #scrubber: EchoScrubber | undefined
  #decoder: AnswerDecoder | undefined
  #pending: PendingAnswer | undefined
  #expected = -1
  #held: Buffer[] = []
  #isOver = false
  #isSuperseded = false

  constructor(forwarding: Forwarding, secret: Secret | null, replay: (replay: Replay) => void) {
    this.#forwarding = forwarding
    this.#call = forwarding.call
    this.#response = forwarding.response
    this.#secret = secret
    this.#needles = forwarding.call.runtime.needles(secret, forwarding.to)
    this.#replay = replay
    this.#response.once('close', this.#onClientClose)
  }

  onRequestStart(controller: Controller): void {
    this.#controller = controller
    if (this.#response.destroyed) controller.abort(new Error('client left'))
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

  // Chunks of one read of the upstream's socket leave in one write: a stream of small events costs a third, and nothing waits,
  // because the tick ends as soon as the parser has handed over what was read.
  onResponseData(controller: Controller, chunk: Buffer): void {
    if (this.#pending !== undefined) {
      this.#hold(controller, this.#pending, chunk)
      return
    }
    if (this.#decoder === undefined) this.#take(chunk)
    else if (!this.#decoder.push(chunk)) controller.pause()
  }

  readonly #take = (chunk: Buffer): void => {
    this.#call.bytesOut += chunk.length
    if (this.#held.push(chunk) > 1) return
    if (this.#call.bytesOut === this.#expected) this.#flush()
    else process.nextTick(this.#flush)
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
    const joined = rest.length === 0 ? first : Buffer.concat([first, ...rest])
    const bytes = this.#scrubber?.push(joined) ?? joined
    this.#meter?.push(bytes)
    if (this.#response.writableEnded || this.#response.destroyed || bytes.length === 0) return
    if (this.#call.bytesOut === this.#expected && this.#scrubber?.isHolding !== true) {
      // The last byte of a body of known length: end with it, so that head and body leave in one write.
      this.#response.end(bytes)
    } else if (!this.#response.write(bytes)) {
      const source = this.#decoder ?? this.#controller
      source?.pause()
      this.#response.once('drain', () => source?.resume())
    }
  }

  readonly #endAnswer = (): void => {
    this.#flush()
    const kept = this.#scrubber?.end() ?? NOTHING
    if (kept.length > 0) this.#meter?.push(kept)
    if (!this.#response.writableEnded) this.#response.end(kept)
    this.#finish('complete')
  }

  readonly #onClientClose = (): void => {
    if (this.#isOver || this.#isSuperseded || this.#response.writableFinished) return
    this.#finish('client-aborted')
    this.#controller?.abort(new Error('client left'))
  }

  #hold(controller: Controller, pending: PendingAnswer, chunk: Buffer): void {
    pending.chunks.push(chunk)
    pending.size += chunk.length
    if (pending.size >= REFRESH_BODY_LIMIT) this.#judge(controller, pending)
  }

  // The head alone did not tell; now the beginning of the body does.
  #judge(controller: Controller, pending: PendingAnswer): void {
    if (pending.isJudged) return
    const body = unpackBeginning(Buffer.concat(pending.chunks), pending.head.contentEncoding).toString('latin1')
    if (this.#forwarding.judge({ ...toAnswer(pending.head), body }) === 'refresh') this.#recover(controller, pending)
    else this.#release(controller, pending)
  }

  #recover(controller: Controller, pending: PendingAnswer): void {
    pending.isJudged = true
    if (!pending.hasEnded) controller.pause()
    prepareReplay(this.#forwarding, pending, this.#secret).then(
      (replay) => {
        if (this.#isOver) return
        if (replay === undefined) this.#release(controller, pending)
        else this.#repeat(controller, pending, replay)
      },
      (error: unknown) => this.fail(error),
    )
  }

  #repeat(controller: Controller, pending: PendingAnswer, replay: Replay): void {
    this.#isSuperseded = true
    this.#response.off('close', this.#onClientClose)
    if (!pending.hasEnded) controller.abort(new Error('superseded by a replay'))
    this.#replay(replay)
  }

  #release(controller: Controller, pending: PendingAnswer): void {
    this.#pending = undefined
    this.#sendHead(pending.head)
    if (this.#isOver) return
    for (const chunk of pending.chunks) this.onResponseData(controller, chunk)
    if (pending.hasEnded) this.onResponseEnd(controller)
    else controller.resume()
  }

  #sendHead(head: ResponseHead): void {
    const plan = planAnswer(head, this.#needles)
    const call = this.#call
    if (plan.kind === 'refuse') {
      sendRefusal(call, this.#response, { code: 'upstream_encoding', detail: call.upstream })
      this.#finish('upstream-failed')
      this.#controller?.abort(new Error('unreadable'))
      return
    }
    const { status, contentType } = head
    const length = plan.kind === 'pass' && head.framing.kind === 'length' ? head.framing.bytes : undefined
    if (isEventStream(contentType)) call.transport = 'sse'
    call.status = status
    call.firstByteAt = performance.now()
    this.#expected = length ?? -1
    this.#prepareBody(head, plan)
    const { reason, headers } = renderClientHead(head, plan, this.#needles)
    this.#response.writeHead(status, reason, headers)
    // Not flushHeaders(): that would encode header values as UTF-8 a second time (seen with Node 24).
    if (length === undefined && head.framing.kind !== 'none') this.#response.write(NOTHING)
  }

  #prepareBody({ contentType, contentEncoding }: ResponseHead, plan: AnswerPlan): void {
    if (this.#needles !== undefined) this.#scrubber = createEchoScrubber(this.#needles)
    if (plan.kind === 'decode') this.#decoder = this.#createDecoder(plan.codings)
    const subject = { contentType, contentEncoding: plan.kind === 'decode' ? '' : contentEncoding }
    this.#meter = createBodyMeter({ ...subject, wantsModel: this.#call.model === undefined })
  }

  #createDecoder(codings: readonly Coding[]): AnswerDecoder {
    return new AnswerDecoder(codings, {
      onData: this.#take,
      onDrain: () => this.#controller?.resume(),
      onEnd: this.#endAnswer,
      onError: (error) => {
        this.fail(error)
        this.#controller?.abort(error)
      },
    })
  }

  #finish(outcome: Outcome): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#decoder?.destroy()
    this.#response.off('close', this.#onClientClose)
    this.#forwarding.onEnd({ outcome, meter: this.#meter })
  }
}
