import type { Outcome, RequestEvent, TokenUsage } from '../../core/events.ts'
import { type RefusalCode, type RefusalDetail, renderRefusal } from '../../core/refusals.ts'
import type { Answer } from './client/answer.ts'
import type { ClientRequest } from './client/client-request.ts'
import type { ProviderRuntime } from './provider-runtime.ts'

/** One request of a client and its answer: the record that becomes the line of the access log. */
export interface Call {
  readonly id: string
  readonly runtime: ProviderRuntime
  readonly request: ClientRequest
  readonly startedAt: number
  readonly method: string
  /** Path without query. */
  readonly path: string
  upstream: string
  transport: RequestEvent['transport']
  status: number
  firstByteAt: number
  bytesIn: number
  bytesOut: number
  model: string | undefined
  tokens: TokenUsage | undefined
  refusal: RefusalCode | undefined
  replayed: RequestEvent['replayed']
  /** True when the call counts against the limits. */
  isMetered: boolean
  hasEnded: boolean
}

const MAX_PATH = 200

/** The record of a request at the moment its head has been read. */
export function createCall(id: string, runtime: ProviderRuntime, request: ClientRequest): Call {
  const { method, target } = request.head
  const mark = target.indexOf('?')
  return {
    id,
    runtime,
    request,
    startedAt: performance.now(),
    method,
    path: (mark < 0 ? target : target.slice(0, mark)).slice(0, MAX_PATH),
    upstream: runtime.check.upstream.hostname,
    transport: 'http',
    status: 0,
    firstByteAt: 0,
    bytesIn: 0,
    bytesOut: 0,
    model: undefined,
    tokens: undefined,
    refusal: undefined,
    replayed: undefined,
    isMetered: false,
    hasEnded: false,
  }
}

/** The log line of a call that has ended. Members without a value are not written to the line. */
export function renderRequestEvent(call: Call, outcome: Outcome): RequestEvent {
  const end = performance.now()
  const event: { -readonly [Name in keyof RequestEvent]: RequestEvent[Name] } = {
    kind: 'request',
    time: new Date().toISOString(),
    id: call.id,
    provider: call.runtime.config.id,
    method: call.method,
    path: call.path,
    upstream: call.upstream,
    transport: call.transport,
    outcome,
    status: call.status,
    bytesIn: call.bytesIn,
    bytesOut: call.bytesOut,
    firstByteMs: round((call.firstByteAt === 0 ? end : call.firstByteAt) - call.startedAt),
    ms: round(end - call.startedAt),
  }
  if (call.refusal !== undefined) event.refusal = call.refusal
  if (call.model !== undefined) event.model = call.model
  if (call.tokens !== undefined) event.tokens = call.tokens
  if (call.replayed !== undefined) event.replayed = call.replayed
  return event
}

/** Answers a call with a refusal in the provider's envelope. Does nothing once the head of an answer is out. */
export function sendRefusal(call: Call, answer: Answer, refusal: { readonly code: RefusalCode } & RefusalDetail): void {
  call.refusal = refusal.code
  if (answer.isHeadSent || answer.isOver) {
    answer.destroy()
    return
  }
  const reply = renderRefusal(refusal.code, call.runtime.config.dialect, refusal)
  const body = Buffer.from(reply.body)
  call.status = reply.status
  call.firstByteAt = performance.now()
  call.bytesOut = body.length
  // An unread body would have to be read to the end before the next request: end the connection with the answer.
  if (!call.request.isComplete) answer.closeAfter()
  answer.sendHead(reply.status, undefined, [...reply.headers, 'content-length', String(body.length)])
  answer.end(body)
}

function round(milliseconds: number): number {
  return Math.round(milliseconds * 100) / 100
}
