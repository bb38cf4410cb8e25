import { findAwsKeys } from '../../../core/credentials/aws-keys.ts'
import { deriveProbe } from '../../../core/probes/derive-probe.ts'
import { checkModel } from '../../../core/probes/find-nearest-models.ts'
import type { ProbeAnswer, ProbeRequest } from '../../../core/probes/probe.ts'
import { type ProbeContext, type ProbeReading, readProbe } from '../../../core/probes/read-probe.ts'
import type { Secret } from '../../../core/secret.ts'
import type { ProviderCheck, ProviderConfig, SidecarConfig } from '../../../core/sidecar-config.ts'
import type { Injection } from '../../../core/upstream-headers.ts'
import { ProviderRuntime } from '../provider-runtime.ts'
import type { ProbeOptions, ProbeSender } from '../send-probe.ts'
import { signRequest } from '../sign-request.ts'

/** What preparing a provider needs; one per start, shared by all providers. */
export interface ValidationContext {
  readonly config: SidecarConfig
  readonly sender: ProbeSender
  readonly extraHeaders: (provider: ProviderConfig) => readonly (readonly [string, string])[]
  /** Milliseconds left for all probes together. */
  readonly remainingMs: () => number
  readonly pause: (milliseconds: number) => Promise<void>
  /** Monotonic milliseconds. */
  readonly now: () => number
}

/** Longest wait for one answer; all probes of a start together have {@link ValidationContext.remainingMs}. */
const ONE_PROBE_MS = 10_000
const RETRY_PAUSE_MS = 500

export interface ProbeOutcome {
  readonly answer: ProbeAnswer
  readonly reading: ProbeReading
}

/** Probes a provider with a secret as the agent's requests will carry it; asks twice when the first answer proves nothing. */
export async function probeProvider(
  context: ValidationContext,
  check: ProviderCheck,
  subject: { readonly probe: ProbeContext; readonly secret: Secret | null },
): Promise<ProbeOutcome> {
  const provider = { ...subject.probe.provider, upstream: check.upstream }
  const runtime = createRuntime(context, { ...check, config: provider })
  const headers = renderInjection(runtime.injection(subject.secret, 'api'))
  const request = await signProbe(withoutHeaders(deriveProbe(provider), headers), runtime, subject.secret)
  const answer = await sendTwice(context, request, { headers })
  return { answer, reading: readProbe({ ...subject.probe, provider }, answer) }
}

// A header that the user configures (provider-headers) stands in place of ours, not beside it.
function withoutHeaders(request: ProbeRequest, given: readonly (readonly [string, string])[]): ProbeRequest {
  const names = new Set(given.map(([name]) => name.toLowerCase()))
  return { ...request, headers: request.headers.filter(([name]) => !names.has(name)) }
}

type SendOptions = Omit<ProbeOptions, 'deadlineMs'>

/** Sends a request; a network failure or a 5xx is asked a second time. */
export function sendTwice(context: ValidationContext, request: ProbeRequest, how: SendOptions): Promise<ProbeAnswer> {
  return tryTwice(context, () => sendOnce(context, request, how), isTransient)
}

/** Sends a request within what is left of the time for all. */
export function sendOnce(context: ValidationContext, request: ProbeRequest, how: SendOptions): Promise<ProbeAnswer> {
  const deadlineMs = Math.max(1, Math.min(ONE_PROBE_MS, context.remainingMs()))
  return context.sender.send(request, { ...how, deadlineMs })
}

/** Does something a second time, after a pause, when its result says that this may help and there is time left. */
export async function tryTwice<Result>(
  context: ValidationContext,
  attempt: () => Promise<Result>,
  mayHelp: (result: Result) => boolean,
): Promise<Result> {
  const first = await attempt()
  if (!mayHelp(first) || context.remainingMs() <= RETRY_PAUSE_MS) return first
  await context.pause(RETRY_PAUSE_MS)
  return attempt()
}

/**
 * A catalogue may flap: before a model is called absent, the listing is fetched once more. In Azure a client names a deployment, and the
 * listing has the models that deployments are made of: nothing is known of the name.
 */
export async function findMissingModel(
  provider: ProviderConfig,
  outcome: ProbeOutcome,
  again: () => Promise<ProbeOutcome>,
): Promise<ProviderCheck['missingModel']> {
  if (provider.model === undefined || provider.dialect === 'azure') return undefined
  if (outcome.reading.verdict !== 'valid') return undefined
  if (checkModel(provider.model, outcome.reading.models) === undefined) return undefined
  const second = await again()
  return second.reading.verdict === 'valid' ? checkModel(provider.model, second.reading.models) : undefined
}

// With keys of AWS the probe is signed as the agent's requests will be.
async function signProbe(
  request: ProbeRequest,
  runtime: ProviderRuntime,
  secret: Secret | null,
): Promise<ProbeRequest> {
  const keys = runtime.isSigning ? findAwsKeys(secret) : undefined
  if (keys === undefined) return request
  const { method, upstream, path } = request
  const target = upstream.basePath + path
  const flat = request.headers.flat()
  const signed = await signRequest({
    method,
    upstream,
    target,
    headers: flat,
    body: null,
    keys,
    region: runtime.region,
  })
  const headers = signed.flatMap((name, index) => (index % 2 === 0 ? [[name, signed[index + 1] ?? ''] as const] : []))
  return { ...request, headers }
}

function createRuntime(
  context: ValidationContext,
  target: ProviderCheck & { readonly config: ProviderConfig },
): ProviderRuntime {
  return new ProviderRuntime({
    config: target.config,
    check: target,
    credential: null,
    restCredential: null,
    rest: context.config.topology.rest,
    extraHeaders: context.extraHeaders(target.config),
    replayBufferBytes: 0,
  })
}

function renderInjection(injection: Injection): (readonly [string, string])[] {
  const headers = [...injection.extra]
  if (injection.beta !== undefined) headers.push(['anthropic-beta', injection.beta])
  if (injection.credential !== undefined) headers.push(injection.credential)
  return headers
}

/** True for answers that another attempt may turn into a better one. */
export function isTransient(answer: ProbeAnswer): boolean {
  if (answer.kind === 'answer') return answer.status >= 500
  return answer.failure === 'reset' || answer.failure === 'timeout' || answer.failure === 'refused'
}
