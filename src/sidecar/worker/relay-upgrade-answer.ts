import { type IncomingMessage, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { Outcome } from '../../core/events.ts'
import { AnswerDecoder } from './answer-decoder.ts'
import { type AnswerPlan, planAnswer, renderClientHead } from './answer-plan.ts'
import type { Call } from './call.ts'
import type { Coding } from './content-codings.ts'
import type { EchoNeedles } from './echo-needles.ts'
import { createEchoScrubber } from './echo-scrubber.ts'

/** A plain answer to an upgrade, and where it goes. */
export interface UpgradeAnswer {
  readonly call: Call
  readonly socket: Socket
  readonly response: IncomingMessage
  readonly needles: EchoNeedles | undefined
  readonly onEnd: (outcome: Outcome) => void
}

/** What becomes of the answer; `refuse` where it could not be searched. */
export function planUpgradeAnswer({ response, needles }: Pick<UpgradeAnswer, 'response' | 'needles'>): AnswerPlan {
  const { statusCode: status = 502, headers } = response
  const contentEncoding = headers['content-encoding'] ?? ''
  return planAnswer({ status, contentEncoding, framing: { kind: 'until-close' } }, needles)
}

/** Relays it, so that the client falls back at once: searched like every answer, and a cut stays a cut. */
export function relayUpgradeAnswer(answer: UpgradeAnswer, plan: AnswerPlan): void {
  const { call, socket, response, needles } = answer
  call.status = response.statusCode ?? 502
  call.firstByteAt = performance.now()
  const shown = { reason: response.statusMessage ?? '', headers: response.rawHeaders }
  const head = renderClientHead(shown, plan, needles)
  const hasLength = head.headers.includes('content-length')
  socket.write(renderUpgradeHead(call.status, head, ['connection', 'close']), 'latin1')
  const scrubber = needles === undefined ? undefined : createEchoScrubber(needles)
  const body = openBody(response, plan.kind === 'decode' ? plan.codings : [])
  body.onData((bytes) => {
    call.bytesOut += bytes.length
    if (socket.destroyed || socket.write(scrubber?.push(bytes) ?? bytes)) return
    body.pause()
    socket.once('drain', body.resume)
  })
  socket.once('close', () => response.destroy())
  body.onClose((isComplete) => {
    if (socket.destroyed) {
      answer.onEnd('client-aborted')
      return
    }
    // Cut off in the middle: the client's answer must not look whole, nor wait for the rest. Without a length only a reset tells.
    if (isComplete) socket.end(scrubber?.end() ?? '')
    else if (hasLength) socket.destroy()
    else socket.resetAndDestroy()
    answer.onEnd(isComplete ? 'complete' : 'upstream-cut')
  })
}

interface Body {
  onData(take: (bytes: Buffer) => void): void
  /** Called once, with whether the body is all there. */
  onClose(done: (isComplete: boolean) => void): void
  readonly pause: () => void
  readonly resume: () => void
}

function openBody(response: IncomingMessage, codings: readonly Coding[]): Body {
  if (codings.length === 0) {
    return {
      onData: (take) => void response.on('data', take),
      onClose: (done) => onceClosed(response, () => done(response.complete)),
      pause: () => response.pause(),
      resume: () => response.resume(),
    }
  }
  let take: (bytes: Buffer) => void = () => undefined
  const ended = Promise.withResolvers<boolean>()
  const decoder = new AnswerDecoder(codings, {
    onData: (bytes) => take(bytes),
    onDrain: () => response.resume(),
    onEnd: () => ended.resolve(true),
    onError: () => {
      ended.resolve(false)
      response.destroy()
    },
  })
  response.on('data', (chunk: Buffer) => decoder.push(chunk) || response.pause())
  onceClosed(response, () => {
    if (response.complete) decoder.end()
    else decoder.settle(() => ended.resolve(false))
  })
  return {
    onData: (given) => {
      take = given
    },
    onClose: (done) => void ended.promise.then(done),
    pause: () => decoder.pause(),
    resume: () => decoder.resume(),
  }
}

// An answer that was cut while a recovery was waited for has closed before anybody listened.
function onceClosed(response: IncomingMessage, done: () => void): void {
  if (response.destroyed) done()
  else response.once('close', done)
}

/** @param extra flat list of headers of our own. */
export function renderUpgradeHead(
  status: number,
  head: { readonly reason?: string; readonly headers: readonly string[] },
  extra: readonly string[] = [],
): string {
  const flat = [...head.headers, ...extra]
  let text = `HTTP/1.1 ${status} ${head.reason || (STATUS_CODES[status] ?? 'Unknown')}\r\n`
  for (let index = 0; index + 1 < flat.length; index += 2) text += `${flat[index]}: ${flat[index + 1]}\r\n`
  return `${text}\r\n`
}
