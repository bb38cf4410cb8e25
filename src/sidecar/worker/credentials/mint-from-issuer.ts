import { createPrivateKey, sign } from 'node:crypto'
import { readStep } from '../../../core/credentials/read-step.ts'
import { renderTokenRequest } from '../../../core/credentials/render-token-request.ts'
import type { IssuerSource } from '../../../core/credentials/source.ts'
import { deriveFirstStep } from '../../../core/credentials/token-request.ts'
import type { SourceInputs } from '../../../core/credentials/token-step.ts'
import type { ProviderConfig } from '../../../core/sidecar-config.ts'
import { sendTwice } from '../validation/prober.ts'
import type { SourceContext, SourceReading } from './source-context.ts'

/** Asks an issuer for a credential: as many requests as it takes, with a fresh assertion every time. */
export async function mintFromIssuer(
  context: SourceContext,
  provider: ProviderConfig,
  source: IssuerSource,
): Promise<SourceReading> {
  let reading = await deriveFirstStep(source, deriveInputs(context, provider))
  let isSourceDown = false
  while (reading.kind === 'step') {
    const request = renderTokenRequest(reading.request)
    const answer = await sendTwice(context.validation, request, { headers: [], isRaw: true })
    isSourceDown = answer.kind === 'failure' || answer.status >= 500
    const next = readStep(reading, answer, { receivedAt: context.clock.now(), redact: context.redact })
    if (next.kind !== 'next') return { outcome: next, isSourceDown }
    reading = next.step
  }
  return { outcome: reading, isSourceDown }
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
