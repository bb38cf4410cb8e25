import { stripCredentialParameters } from '../../core/credential-headers.ts'
import { decideRefresh, type UpstreamAnswer } from '../../core/credentials/decide-refresh.ts'
import { deriveRefreshRules, type RefreshRule } from '../../core/credentials/refresh-rule.ts'
import type { Outcome, RequestEvent } from '../../core/events.ts'
import type { RefusalCode } from '../../core/refusals.ts'
import { decideRoute, type Route } from '../../core/routing.ts'
import type { Secret } from '../../core/secret.ts'
import { type Call, createCall, renderRequestEvent, sendRefusal } from './call.ts'
import type { Answer } from './client/answer.ts'
import type { ClientRequest } from './client/client-request.ts'
import type { ClientGuard } from './client-guard.ts'
import { CredentialUnavailableError } from './credentials/credential.ts'
import { forward } from './forward.ts'
import type { Forwarding, Recovery, RelayEnd } from './forwarding.ts'
import { HeldBody } from './held-body.ts'
import type { Limits } from './limits.ts'
import type { ProviderRuntime } from './provider-runtime.ts'
import { countReceived, type RequestBody, readRequestBody } from './request-body.ts'
import { findRequestModel } from './request-model.ts'
import type { UpstreamClient } from './upstream-client.ts'

/** What every request needs beside its provider. */
export interface RequestContext {
  readonly client: UpstreamClient
  readonly guard: ClientGuard
  readonly limits: Limits
  readonly nextId: () => string
  /** Asks discovery again after a 421; true when the upstream has changed. */
  readonly rediscover: (runtime: ProviderRuntime) => Promise<boolean>
  /** Paired with exactly one `onEvent`. */
  readonly onStart: () => void
  readonly onEvent: (event: RequestEvent) => void
  readonly isStopping: () => boolean
  readonly refreshRules: readonly RefreshRule[]
}

const LONGEST_RETRY_AFTER_SECONDS = 60

type ForwardRoute = Extract<Route, { kind: 'forward' }>
type Admission = ForwardRoute | Extract<Route, { kind: 'refuse' }>

/** Opens the record of a request; {@link endCall} closes it. */
export function openCall(context: RequestContext, runtime: ProviderRuntime, request: ClientRequest): Call {
  context.onStart()
  return createCall(context.nextId(), runtime, request)
}

/** Decides what happens with a request head; shared by plain requests and upgrades. At once, unless the client must be looked up. */
export function admitCall(context: RequestContext, call: Call): Admission | Promise<Admission> {
  const { runtime, request } = call
  const { routing } = runtime.check
  const lends = routing !== 'passthrough'
  const target = lends ? stripCredentialParameters(request.head.target) : request.head.target
  const route = decideRoute({ provider: runtime.config, routing, method: call.method, target })
  if (route.kind === 'refuse') return route
  if (context.isStopping()) return { kind: 'refuse', code: 'sidecar_stopping' }
  const stranger = lends ? context.guard(request, runtime.config.id) : undefined
  if (!(stranger instanceof Promise)) return admitClient(context, call, { route, stranger })
  return stranger.then((code) => admitClient(context, call, { route, stranger: code }))
}

function admitClient(
  context: RequestContext,
  call: Call,
  { route, stranger }: { readonly route: ForwardRoute; readonly stranger: RefusalCode | undefined },
): Admission {
  if (stranger !== undefined) return { kind: 'refuse', code: stranger }
  const refusal = isModelRequest(call) ? context.limits.admit() : undefined
  if (refusal !== undefined) return { kind: 'refuse', code: refusal }
  call.isMetered = isModelRequest(call)
  return route
}

// Listings, health checks and deletions cost nothing; what costs is a POST or a WebSocket.
function isModelRequest(call: Call): boolean {
  return call.method === 'POST' || call.request.head.upgrade !== undefined
}

/** Handles one HTTP request from head to last byte. */
export function handleRequest(
  context: RequestContext,
  runtime: ProviderRuntime,
  exchange: { readonly request: ClientRequest; readonly answer: Answer },
): void {
  const { request, answer } = exchange
  const call = openCall(context, runtime, request)
  const admission = admitCall(context, call)
  if (!(admission instanceof Promise)) {
    begin({ context, call, answer, route: admission })
    return
  }
  answer.onGone = () => endCall(context, call, 'client-aborted')
  const held = new HeldBody(request)
  void admission.then((route) => {
    if (answer.isOver) return
    if (route.kind === 'refuse') held.drop()
    begin({ context, call, answer, route })
    if (route.kind === 'forward') held.release()
  })
}

interface Begin {
  readonly context: RequestContext
  readonly call: Call
  readonly answer: Answer
  readonly route: Admission
}

function begin({ context, call, answer, route }: Begin): void {
  if (route.kind === 'refuse') {
    sendRefusal(call, answer, { code: route.code })
    endCall(context, call, 'refused')
    return
  }
  answer.onGone = () => endCall(context, call, 'client-aborted')
  readRequestBody(call.request, call.runtime.bodyRules, (body) => {
    if (body === 'too-large') {
      sendRefusal(call, answer, { code: 'body_too_large_to_sign' })
      endCall(context, call, 'refused')
      return
    }
    call.model = findRequestModel(body, call.path)
    start({ context, call, answer, route, body })
  })
}

interface Start {
  readonly context: RequestContext
  readonly call: Call
  readonly answer: Answer
  readonly route: ForwardRoute
  readonly body: RequestBody
}

function start({ context, call, answer, route, body }: Start): void {
  const forwarding: Forwarding = {
    call,
    answer,
    client: context.client,
    to: route.to,
    path: route.path,
    body,
    judge: (head) => judgeAnswer(context, call.runtime, head),
    recover: (status, used) => recover(context, call, { to: route.to, status, used }),
    onEnd: (end) => onRelayEnd(context, forwarding, end),
  }
  const secret = call.runtime.credentialFor(route.to)?.current() ?? null
  if (!(secret instanceof Promise)) {
    forward(forwarding, secret)
    return
  }
  secret.then(
    (late) => forward(forwarding, late),
    (error: unknown) => {
      refuseWithoutCredential(call, answer, error)
      endCall(context, call, 'refused')
    },
  )
}

/** 503 with Retry-After: not 401 or 403, on which clients give up or ask for a login. */
function refuseWithoutCredential(call: Call, answer: Answer, error: unknown): void {
  const unavailable = error instanceof CredentialUnavailableError ? error : undefined
  const seconds = Math.ceil((unavailable?.retryAfterMs ?? 1000) / 1000)
  const cause = unavailable?.failure?.cause
  sendRefusal(call, answer, {
    code: 'credential_unavailable',
    // A source that is no longer asked has no time to name: the clients' own limits end the run.
    retryAfter: Number.isFinite(seconds) ? Math.max(1, seconds) : LONGEST_RETRY_AFTER_SECONDS,
    ...(cause === undefined ? {} : { detail: cause }),
  })
}

/** What an answer means for the credential. A key that never changes is never renewed, whatever the status. */
export function judgeAnswer(
  context: RequestContext,
  runtime: ProviderRuntime,
  answer: UpstreamAnswer,
): 'refresh' | 'pass' | 'read-body' {
  const { dialect } = runtime.config
  if (answer.status === 421 && dialect === 'copilot') return 'refresh'
  return runtime.isRenewed ? decideRefresh(answer, deriveRefreshRules(context.refreshRules, dialect)) : 'pass'
}

/** After an answer that {@link judgeAnswer} calls for a refresh: what to replay the request with, or undefined to pass the answer on. */
export async function recover(
  context: RequestContext,
  call: Call,
  refused: { readonly to: 'api' | 'rest'; readonly status: number; readonly used: Secret | null },
): Promise<Recovery | undefined> {
  const { runtime } = call
  const credential = runtime.credentialFor(refused.to)
  if (refused.status === 421) {
    // Another request's 421 may have moved the upstream while this one was under way: then there is nothing to ask.
    const wasMoved = call.upstream !== runtime.upstream(refused.to).hostname
    const hasMoved = wasMoved || (refused.to === 'api' && (await context.rediscover(runtime)))
    return hasMoved ? { secret: refused.used, name: 'misdirected' } : undefined
  }
  if (credential === null || refused.used === null) return undefined
  const isRenewed = await credential.renewAfter(refused.used)
  return isRenewed ? { secret: await credential.current(), name: 'unauthorized' } : undefined
}

function onRelayEnd(context: RequestContext, forwarding: Forwarding, end: RelayEnd): void {
  const { call, body } = forwarding
  call.bytesIn = countReceived(body)
  if (end.meter === undefined) {
    endCall(context, call, end.outcome)
    return
  }
  end.meter.end((reading) => {
    call.tokens = reading.usage
    call.model ??= reading.model
    endCall(context, call, end.outcome)
  })
}

/** Books the call and writes its log line, once: later ends of the same call are echoes of the first. */
export function endCall(context: RequestContext, call: Call, outcome: Outcome): void {
  if (call.hasEnded) return
  call.hasEnded = true
  if (call.isMetered) context.limits.settle(call.tokens)
  context.onEvent(renderRequestEvent(call, outcome))
}
