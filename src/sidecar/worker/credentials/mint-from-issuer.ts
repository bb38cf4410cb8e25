import { createPrivateKey, sign } from 'node:crypto'
import { readStep } from '../../../core/credentials/read-step.ts'
import { renderTokenRequest } from '../../../core/credentials/render-token-request.ts'
import type { IssuerSource } from '../../../core/credentials/source.ts'
import { deriveFirstStep } from '../../../core/credentials/token-request.ts'
import type { SourceInputs } from '../../../core/credentials/token-step.ts'
import type { ProviderConfig } from '../../../core/sidecar-config.ts'
import { isTransient, sendOnce, tryTwice } from '../validation/prober.ts'
import type { SourceContext, SourceReading } from './source-context.ts'

interface Attempt extends SourceReading {
  readonly isTransient: boolean
}

/**
 * Asks an issuer for a credential: as many requests as it takes. A second attempt begins from the start: the issuer may have
 * taken the assertion of the first although its answer was lost, and some take each only once.
 */
export function mintFromIssuer(
  context: SourceContext,
  provider: ProviderConfig,
  source: IssuerSource,
): Promise<SourceReading> {
  const attempt = (): Promise<Attempt> => attemptMint(context, provider, source)
  return tryTwice(context.validation, attempt, (result) => result.isTransient)
}

async function attemptMint(context: SourceContext, provider: ProviderConfig, source: IssuerSource): Promise<Attempt> {
  let reading = await deriveFirstStep(source, deriveInputs(context, provider))
  let last: Omit<Attempt, 'outcome'> = { isSourceDown: false, isTransient: false }
  while (reading.kind === 'step') {
    const request = renderTokenRequest(reading.request)
    const answer = await sendOnce(context.validation, request, { headers: [], isRaw: true })
    last = { isSourceDown: answer.kind === 'failure' || answer.status >= 500, isTransient: isTransient(answer) }
    const next = readStep(reading, answer, { receivedAt: context.clock.now(), redact: context.redact })
    if (next.kind !== 'next') return { outcome: next, ...last }
    reading = next.step
  }
  return { outcome: reading, ...last }
}

function deriveInputs(context: SourceContext, provider: ProviderConfig): SourceInputs {
  const { id } = provider
  const clientSecret = context.findSecret(`${id}.oauth-client-secret`)
  const refreshToken = context.findSecret(`${id}.oauth-refresh-token`)
  const oidcUrl = context.findSecret('oidc.url')
  const oidcToken = context.findSecret('oidc.token')
  const key = context.findSecret(`${id}.github-app-private-key`)
  return {
    topology: context.validation.config.topology,
    now: context.clock.now(),
    secrets: {
      ...(clientSecret === undefined ? {} : { clientSecret }),
      ...(refreshToken === undefined ? {} : { refreshToken }),
      ...(oidcUrl === undefined ? {} : { oidcUrl }),
      ...(oidcToken === undefined ? {} : { oidcToken }),
    },
    ...(key === undefined ? {} : { sign: (text: string) => signRs256(key.reveal(), text) }),
  }
}

function signRs256(privateKey: string, text: string): string {
  return sign('RSA-SHA256', Buffer.from(text), createPrivateKey(privateKey)).toString('base64url')
}
