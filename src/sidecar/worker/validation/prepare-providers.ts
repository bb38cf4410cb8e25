import type { Secret } from '../../../core/secret.ts'
import type { ProviderCheck, ProviderConfig } from '../../../core/sidecar-config.ts'
import { createCredential } from '../credentials/create-credential.ts'
import { type Credential, CredentialUnavailableError } from '../credentials/credential.ts'
import type { SourceContext } from '../credentials/source-context.ts'
import { createExchangeCredential } from './exchange-credential.ts'
import { prepareCopilot } from './prepare-copilot.ts'
import { checkOf, failedCheck, type Prepared, uncheckedCheck } from './prepared.ts'
import { findMissingModel, type ProbeOutcome, probeProvider } from './prober.ts'

/**
 * Obtains and proves the credential of every provider, in parallel.
 * @param known outcome of an earlier worker of this run: nothing is asked again then.
 * @throws when a credential that must be there is empty: the last guard before sockets are opened.
 */
export async function prepareProviders(
  context: SourceContext,
  known: readonly ProviderCheck[] | null,
): Promise<readonly Prepared[]> {
  return Promise.all(
    context.validation.config.providers.map((provider) => {
      const check = known?.find((each) => each.provider === provider.id)
      return check === undefined ? prepareProvider(context, provider) : resumeProvider(context, provider, check)
    }),
  )
}

async function prepareProvider(context: SourceContext, provider: ProviderConfig): Promise<Prepared> {
  const credential = createCredential(context, provider)
  if (credential === null) return prepareKeyless(provider)
  const startedAt = context.validation.now()
  const base = uncheckedCheck(provider, { routing: 'inject', routingReason: describeRouting(provider) })
  try {
    const secret = await credential.current()
    if (provider.dialect === 'copilot') return await prepareCopilot(context, { provider, credential, secret })
    return await proveProvider(context, { base, provider, credential, secret })
  } catch (error) {
    if (!(error instanceof CredentialUnavailableError)) throw error
    const check = failedCheck(base, error.failure, context.validation.now() - startedAt)
    const restCredential = provider.dialect === 'copilot' ? credential : null
    return { check, credential, restCredential }
  }
}

interface Proof {
  readonly base: ProviderCheck
  readonly provider: ProviderConfig
  readonly credential: Credential
  readonly secret: Secret
}

async function proveProvider(context: SourceContext, proof: Proof): Promise<Prepared> {
  const { base, provider, credential, secret } = proof
  const { validation } = context
  if (validation.config.validate === 'off') return { check: base, credential, restCredential: null }
  const startedAt = validation.now()
  const probe = { provider, topology: validation.config.topology }
  const ask = (): Promise<ProbeOutcome> => probeProvider(validation, base, { probe, secret })
  const outcome = await ask()
  const missingModel = await findMissingModel(provider, outcome, ask)
  const check = checkOf(base, outcome, { ms: validation.now() - startedAt, missingModel })
  return { check, credential, restCredential: null }
}

function describeRouting(provider: ProviderConfig): string {
  const { kind } = provider.credential
  return kind === 'static' ? 'The key is injected.' : `A credential from the source ${kind} is injected and renewed.`
}

function prepareKeyless(provider: ProviderConfig): Prepared {
  const isPassthrough = provider.routing === 'passthrough'
  const routingReason = isPassthrough ? 'The client keeps its own credential.' : 'The upstream wants no key.'
  const check = uncheckedCheck(provider, { routing: isPassthrough ? 'passthrough' : 'inject', routingReason })
  return { check: { ...check, message: 'There is no credential to check.' }, credential: null, restCredential: null }
}

function resumeProvider(context: SourceContext, provider: ProviderConfig, check: ProviderCheck): Prepared {
  const credential = createCredential(context, provider)
  if (credential === null || provider.dialect !== 'copilot') return { check, credential, restCredential: null }
  if (check.routing !== 'exchange') return { check, credential, restCredential: credential }
  const probe = { provider, topology: context.validation.config.topology }
  const exchange = createExchangeCredential(context, { probe, github: credential })
  return { check, credential: exchange.credential, restCredential: credential }
}
