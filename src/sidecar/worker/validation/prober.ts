import { deriveProbe } from '../../../core/probes/derive-probe.ts'
import { checkModel } from '../../../core/probes/find-nearest-models.ts'
import type { ProbeAnswer, ProbeRequest } from '../../../core/probes/probe.ts'
import { type ProbeContext, type ProbeReading, readProbe } from '../../../core/probes/read-probe.ts'
import type { Secret } from '../../../core/secret.ts'
import type { ProviderCheck, ProviderConfig, SidecarConfig } from '../../../core/sidecar-config.ts'
import type { Injection } from '../../../core/upstream-headers.ts'
import { ProviderRuntime } from '../provider-runtime.ts'
import type { ProbeOptions, ProbeSender } from '../send-probe.ts'

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
  const headers = renderInjection(deriveInjection(context, { ...check, config: provider }, subject.secret))
  const answer = await sendTwice(context, withoutHeaders(deriveProbe(provider), headers), { headers })
  return { answer, reading: readProbe({ ...subject.probe, provider }, answer) }
}

// A header that the user configures (provider-headers) stands in place of ours, not beside it.
function withoutHeaders(request: ProbeRequest, given: readonly (readonly [string, string])[]): ProbeRequest {
  const names = new Set(given.map(([name]) => name.toLowerCase()))
  return { ...request, headers: request.headers.filter(([name]) => !names.has(name)) }
}

/** Sends a request; a network failure or a 5xx is asked a second time. */
export async function sendTwice(
  context: ValidationContext,
  request: ProbeRequest,
  how: { readonly headers: readonly (readonly [string, string])[]; readonly isRaw?: boolean },
): Promise<ProbeAnswer> {
  const options = (): ProbeOptions => ({
    ...how,
    deadlineMs: Math.max(1, Math.min(ONE_PROBE_MS, context.remainingMs())),
  })
  const first = await context.sender.send(request, options())
  if (!isTransient(first) || context.remainingMs() <= RETRY_PAUSE_MS) return first
  await context.pause(RETRY_PAUSE_MS)
  return context.sender.send(request, options())
}

/** A catalogue may flap: before a model is called absent, the listing is fetched once more. */
export async function findMissingModel(
  provider: ProviderConfig,
  outcome: ProbeOutcome,
  again: () => Promise<ProbeOutcome>,
): Promise<ProviderCheck['missingModel']> {
  if (provider.model === undefined || outcome.reading.verdict !== 'valid') return undefined
  if (checkModel(provider.model, outcome.reading.models) === undefined) return undefined
  const second = await again()
  return second.reading.verdict === 'valid' ? checkModel(provider.model, second.reading.models) : undefined
}

function deriveInjection(
  context: ValidationContext,
  target: ProviderCheck & { readonly config: ProviderConfig },
  secret: Secret | null,
): Injection {
  const runtime = new ProviderRuntime({
    config: target.config,
    check: target,
    credential: null,
    restCredential: null,
    rest: context.config.topology.rest,
    extraHeaders: context.extraHeaders(target.config),
    replayBufferBytes: 0,
  })
  return runtime.injection(secret, 'api')
}

function renderInjection(injection: Injection): (readonly [string, string])[] {
  const headers = [...injection.extra]
  if (injection.beta !== undefined) headers.push(['anthropic-beta', injection.beta])
  if (injection.credential !== undefined) headers.push(injection.credential)
  return headers
}

function isTransient(answer: ProbeAnswer): boolean {
  if (answer.kind === 'answer') return answer.status >= 500
  return answer.failure === 'reset' || answer.failure === 'timeout' || answer.failure === 'refused'
}
