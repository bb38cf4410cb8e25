import { deriveGithubTokenKind } from '../../../core/credentials/github-token-kind.ts'
import { decideRouting, decideSchemeFallback } from '../../../core/probes/decide-routing.ts'
import type { ProbeContext } from '../../../core/probes/read-probe.ts'
import type { Secret } from '../../../core/secret.ts'
import type { ProviderCheck, ProviderConfig } from '../../../core/sidecar-config.ts'
import type { Credential } from '../credentials/credential.ts'
import type { SourceContext } from '../credentials/source-context.ts'
import { discoverCopilot } from './discover-copilot.ts'
import { createExchangeCredential } from './exchange-credential.ts'
import { checkOf, type Prepared, uncheckedCheck } from './prepared.ts'
import { findMissingModel, type ProbeOutcome, probeProvider, type ValidationContext } from './prober.ts'

interface Copilot {
  readonly sources: SourceContext
  readonly context: ValidationContext
  readonly provider: ProviderConfig
  readonly probe: ProbeContext
  readonly credential: Credential
  readonly secret: Secret
  readonly startedAt: number
}

/** Finds host, scheme and routing mode for a Copilot token, and proves them with one free listing. */
export async function prepareCopilot(
  sources: SourceContext,
  subject: { readonly provider: ProviderConfig; readonly credential: Credential; readonly secret: Secret },
): Promise<Prepared> {
  const { provider, secret, credential } = subject
  const context = sources.validation
  const tokenKind = deriveGithubTokenKind(secret.reveal())
  const probe: ProbeContext = { provider, tokenKind, topology: context.config.topology }
  const copilot: Copilot = { sources, context, provider, probe, credential, secret, startedAt: context.now() }
  const base = await findUpstream(copilot)
  if (provider.routing === 'exchange') return prepareExchange(copilot, base)
  const isProbed = context.config.validate !== 'off'
  const injected = isProbed ? await probeInject(copilot, base) : { check: base, outcome: undefined }
  const injectVerdict = injected.outcome?.reading
  const decision = decideRouting({
    configured: provider.routing,
    tokenKind,
    ...(injectVerdict === undefined ? {} : { injectVerdict }),
  })
  if (decision.mode === 'exchange') {
    const exchanged = await prepareExchange(copilot, { ...base, routingReason: decision.reason })
    if (exchanged.check.verdict === 'valid') return exchanged
    exchanged.credential?.close()
  }
  const routing = { routing: 'inject', routingReason: decision.reason } as const
  return { check: { ...injected.check, ...routing }, credential, restCredential: credential }
}

async function findUpstream({ context, provider, probe, secret }: Copilot): Promise<ProviderCheck> {
  const base = uncheckedCheck(provider, { routing: 'inject', routingReason: '' })
  if (provider.upstreamIsExplicit) return base
  const found = await discoverCopilot(context, secret, probe.tokenKind ?? 'unknown')
  return { ...base, upstream: found.upstream }
}

async function probeInject(
  copilot: Copilot,
  base: ProviderCheck,
): Promise<{ readonly check: ProviderCheck; readonly outcome: ProbeOutcome }> {
  const ask = (check: ProviderCheck): Promise<ProbeOutcome> => probeProvider(copilot.context, check, copilot)
  let check = base
  let outcome = await ask(check)
  if (decideSchemeFallback(outcome.answer)) {
    const withToken = { ...check, scheme: 'token' } as const
    const second = await ask(withToken)
    if (second.reading.verdict === 'valid') [check, outcome] = [withToken, second]
  }
  if (isMisdirected(outcome) && !copilot.provider.upstreamIsExplicit) {
    const found = await discoverCopilot(copilot.context, copilot.secret, copilot.probe.tokenKind ?? 'unknown')
    if (found.upstream.hostname !== check.upstream.hostname) {
      check = { ...check, upstream: found.upstream }
      outcome = await ask(check)
    }
  }
  const missingModel = await findMissingModel(copilot.provider, outcome, () => ask(check))
  return { check: checkOf(check, outcome, { ms: copilot.context.now() - copilot.startedAt, missingModel }), outcome }
}

async function prepareExchange(copilot: Copilot, base: ProviderCheck): Promise<Prepared> {
  const { context, provider, credential: restCredential } = copilot
  const exchange = createExchangeCredential(copilot.sources, { probe: copilot.probe, github: restCredential })
  const ms = (): number => context.now() - copilot.startedAt
  const reason = base.routingReason === '' ? decideRouting({ configured: 'exchange' }).reason : base.routingReason
  const check: ProviderCheck = { ...base, routing: 'exchange', routingReason: reason }
  const token = await Promise.resolve(exchange.credential.current()).catch(() => undefined)
  const last = exchange.last()
  if (token === undefined || last?.kind !== 'token') {
    const cause = last?.kind === 'cause' ? last : undefined
    const refused = { ...check, verdict: cause?.verdict ?? 'inconclusive', cause: cause?.cause ?? 'no-answer' } as const
    const { message, fix } = { message: cause?.message ?? 'The token exchange gave no answer.', fix: cause?.fix ?? '' }
    return { check: { ...refused, message, fix, ms: ms() }, credential: exchange.credential, restCredential }
  }
  const named = provider.upstreamIsExplicit ? undefined : last.upstream
  const target = { ...check, upstream: named ?? check.upstream }
  if (context.config.validate === 'off') return { check: target, credential: exchange.credential, restCredential }
  const ask = (): Promise<ProbeOutcome> => probeProvider(context, target, { probe: copilot.probe, secret: token })
  const outcome = await ask()
  const missingModel = await findMissingModel(provider, outcome, ask)
  return {
    check: checkOf(target, outcome, { ms: ms(), missingModel }),
    credential: exchange.credential,
    restCredential,
  }
}

function isMisdirected(outcome: ProbeOutcome): boolean {
  return outcome.answer.kind === 'answer' && outcome.answer.status === 421
}
