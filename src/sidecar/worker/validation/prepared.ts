import type { SourceFailure } from '../../../core/credentials/source.ts'
import type { RoutingMode } from '../../../core/providers/provider.ts'
import type { ProviderCheck, ProviderConfig } from '../../../core/sidecar-config.ts'
import type { Credential } from '../credentials/credential.ts'
import type { ProbeOutcome } from './prober.ts'

/** A provider that is ready to serve: what was found out about it, and its credential. */
export interface Prepared {
  readonly check: ProviderCheck
  readonly credential: Credential | null
  readonly restCredential: Credential | null
}

const MOST_MODELS = 500

/** The check of a provider before anything was asked. */
export function uncheckedCheck(
  provider: ProviderConfig,
  route: { readonly routing: RoutingMode; readonly routingReason: string },
): ProviderCheck {
  return {
    provider: provider.id,
    verdict: 'unchecked',
    cause: 'unchecked',
    message: 'The credential was not checked.',
    fix: '',
    status: null,
    ms: 0,
    upstream: provider.upstream,
    ...route,
    scheme: 'bearer',
    models: [],
  }
}

/** The check of a provider whose source gave no credential: there is nothing that could be probed. */
export function failedCheck(base: ProviderCheck, failure: SourceFailure | undefined, ms: number): ProviderCheck {
  return {
    ...base,
    verdict: 'rejected',
    cause: failure?.cause ?? 'credential-unavailable',
    message: failure?.message ?? 'The source gave no credential.',
    fix: failure?.fix ?? 'See the log of the sidecar for the cause.',
    ms: Math.round(ms),
  }
}

/** Fills in what a probe found. */
export function checkOf(
  base: ProviderCheck,
  outcome: ProbeOutcome,
  extra: { readonly ms: number; readonly missingModel: ProviderCheck['missingModel'] },
): ProviderCheck {
  const { reading, answer } = outcome
  return {
    ...base,
    verdict: reading.verdict,
    cause: reading.cause,
    message: reading.message,
    fix: reading.fix,
    status: answer.kind === 'answer' ? answer.status : null,
    ms: Math.round(extra.ms),
    models: reading.models.slice(0, MOST_MODELS),
    ...(extra.missingModel === undefined ? {} : { missingModel: extra.missingModel }),
  }
}
