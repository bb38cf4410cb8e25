import { renderCredential } from '../../../core/credentials/aws-keys.ts'
import { USE_CAUSES } from '../../../core/credentials/causes/use-causes.ts'
import { renderSourceFailure } from '../../../core/credentials/find-issuer-cause.ts'
import { deriveSingleFlightKey } from '../../../core/credentials/single-flight-key.ts'
import type { CredentialSource, IssuerSource, SourceOutcome } from '../../../core/credentials/source.ts'
import { Secret } from '../../../core/secret.ts'
import type { ProviderConfig } from '../../../core/sidecar-config.ts'
import { type Credential, createStaticCredential, SourceFailedError } from './credential.ts'
import { mintFromIssuer } from './mint-from-issuer.ts'
import { mintFromProcess, type ProcessSource } from './mint-from-process.ts'
import type { SourceContext, SourceReading } from './source-context.ts'
import { createTokenCycler, type MintedToken, type MintReason } from './token-cycler.ts'

/** The credential of a provider, whatever its source; null where the upstream wants none. */
export function createCredential(context: SourceContext, provider: ProviderConfig): Credential | null {
  const { credential } = provider
  switch (credential.kind) {
    case 'none':
      return null
    case 'static':
      return createStaticCredential(new Secret(context.readSecret(`${provider.id}.key`)))
    default:
      return createRenewed(context, provider, credential)
  }
}

function createRenewed(
  context: SourceContext,
  provider: ProviderConfig,
  source: IssuerSource | ProcessSource,
): Credential {
  // Whoever asks for the same credential shares its one renewal in flight.
  const key = deriveSingleFlightKey(provider.id, source)
  const known = context.renewed.get(key)
  if (known !== undefined) return known
  const cycler = createTokenCycler({
    now: context.clock.now,
    monotonic: context.clock.monotonic,
    random: Math.random,
    wait: context.validation.pause,
    ...context.events(provider),
    mint: (reason) => mint({ context, provider, source, reason }),
  })
  context.renewed.set(key, cycler)
  if (source.kind === 'file') context.sources.onChanged(provider.id, () => cycler.expire())
  return cycler
}

interface Minting {
  readonly context: SourceContext
  readonly provider: ProviderConfig
  readonly source: IssuerSource | ProcessSource
  readonly reason: MintReason
}

async function mint({ context, provider, source, reason }: Minting): Promise<MintedToken> {
  const outcome = isProcessSource(source)
    ? await mintFromProcess(context, { provider, source, reason })
    : await mintFromIssuer(context, provider, source)
  const { credential } = readOutcome(outcome, provider)
  const secret = renderCredential(credential.value)
  context.remember(secret)
  const { nextRefreshToken } = credential
  if (nextRefreshToken !== undefined) context.rotate(`${provider.id}.oauth-refresh-token`, nextRefreshToken)
  return { secret, expiresAt: credential.expiresAt }
}

function isProcessSource(source: CredentialSource): source is ProcessSource {
  return source.kind === 'command' || source.kind === 'file'
}

function readOutcome(
  { outcome, isSourceDown }: SourceReading,
  provider: ProviderConfig,
): Extract<SourceOutcome, { kind: 'obtained' }> {
  if (outcome.kind === 'failure') throw new SourceFailedError(outcome, isSourceDown)
  if (outcome.credential.value.kind === 'aws' && provider.dialect !== 'bedrock') {
    throw new SourceFailedError(renderSourceFailure(USE_CAUSES.awsKeysElsewhere, {}), false)
  }
  return outcome
}
