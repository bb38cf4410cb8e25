import { Secret } from '../../../core/secret.ts'
import type { LaunchMessage, ProviderCheck, ProviderConfig } from '../../../core/sidecar-config.ts'
import { createStaticCredential } from '../credentials/credential.ts'
import { createExchangeCredential, type ExchangeEvents } from './exchange-credential.ts'
import { prepareCopilot } from './prepare-copilot.ts'
import { checkOf, type Prepared, uncheckedCheck } from './prepared.ts'
import { findMissingModel, type ProbeOutcome, probeProvider, type ValidationContext } from './prober.ts'

export interface PrepareOptions {
  readonly context: ValidationContext
  readonly secrets: LaunchMessage['secrets']
  readonly events: (provider: ProviderConfig) => ExchangeEvents
}

/**
 * Obtains and proves the credential of every provider, in parallel.
 * @param known outcome of an earlier worker of this run: nothing is asked again then.
 * @throws when a credential that must be there is empty: the last guard before sockets are opened.
 */
export async function prepareProviders(
  options: PrepareOptions,
  known: readonly ProviderCheck[] | null,
): Promise<readonly Prepared[]> {
  return Promise.all(
    options.context.config.providers.map((provider) => {
      const check = known?.find((each) => each.provider === provider.id)
      return check === undefined ? prepareProvider(options, provider) : resumeProvider(options, provider, check)
    }),
  )
}

async function prepareProvider(options: PrepareOptions, provider: ProviderConfig): Promise<Prepared> {
  const { context } = options
  if (provider.credential.kind === 'none') return prepareKeyless(provider)
  const secret = readSecret(options, provider)
  if (provider.dialect === 'copilot') {
    return prepareCopilot(context, { provider, secret, events: options.events(provider) })
  }
  const credential = createStaticCredential(secret)
  const base = uncheckedCheck(provider, { routing: 'inject', routingReason: 'The key is injected.' })
  if (context.config.validate === 'off') return { check: base, credential, restCredential: null }
  const startedAt = context.now()
  const probe = { provider, topology: context.config.topology }
  const ask = (): Promise<ProbeOutcome> => probeProvider(context, base, { probe, secret })
  const outcome = await ask()
  const missingModel = await findMissingModel(provider, outcome, ask)
  return {
    check: checkOf(base, outcome, { ms: context.now() - startedAt, missingModel }),
    credential,
    restCredential: null,
  }
}

function prepareKeyless(provider: ProviderConfig): Prepared {
  const isPassthrough = provider.routing === 'passthrough'
  const routingReason = isPassthrough ? 'The client keeps its own credential.' : 'The upstream wants no key.'
  const check = uncheckedCheck(provider, { routing: isPassthrough ? 'passthrough' : 'inject', routingReason })
  return { check: { ...check, message: 'There is no credential to check.' }, credential: null, restCredential: null }
}

function resumeProvider(options: PrepareOptions, provider: ProviderConfig, check: ProviderCheck): Prepared {
  if (provider.credential.kind === 'none') return { check, credential: null, restCredential: null }
  const secret = readSecret(options, provider)
  const fixed = createStaticCredential(secret)
  const restCredential = provider.dialect === 'copilot' ? fixed : null
  if (check.routing !== 'exchange') return { check, credential: fixed, restCredential }
  const probe = { provider, topology: options.context.config.topology }
  const exchange = createExchangeCredential(options.context, { probe, secret }, options.events(provider))
  return { check, credential: exchange.credential, restCredential }
}

function readSecret(options: PrepareOptions, provider: ProviderConfig): Secret {
  const text = options.secrets[`${provider.id}.key`]
  if (text === undefined || text.trim() === '') throw new Error(`The credential of ${provider.id} is empty`)
  return new Secret(text)
}
