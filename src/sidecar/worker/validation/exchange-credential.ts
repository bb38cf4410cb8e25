import {
  deriveExchangeRequest,
  EXCHANGE_SCHEME,
  type Exchange,
  readExchange,
} from '../../../core/probes/copilot-exchange.ts'
import type { ProbeContext } from '../../../core/probes/read-probe.ts'
import { type Credential, SourceFailedError } from '../credentials/credential.ts'
import type { SourceContext } from '../credentials/source-context.ts'
import { createTokenCycler } from '../credentials/token-cycler.ts'
import { sendTwice } from './prober.ts'

export interface ExchangeCredential {
  readonly credential: Credential
  /** The last answer of the token endpoint: its named host, or why there is no token. */
  readonly last: () => Exchange | undefined
}

/** A Copilot token made from the GitHub token at the REST host and renewed by `expires_at`. */
export function createExchangeCredential(
  context: SourceContext,
  subject: { readonly probe: ProbeContext; readonly github: Credential },
): ExchangeCredential {
  const { validation } = context
  let last: Exchange | undefined
  const credential = createTokenCycler({
    now: context.clock.now,
    monotonic: context.clock.monotonic,
    random: Math.random,
    wait: validation.pause,
    ...context.events(subject.probe.provider),
    mint: async () => {
      const github = await subject.github.current()
      const headers = [['authorization', `${EXCHANGE_SCHEME} ${github.reveal()}`]] as const
      const request = deriveExchangeRequest(validation.config.topology)
      const answer = await sendTwice(validation, request, { headers, isRaw: true })
      last = readExchange(subject.probe, answer, context.redact)
      if (last.kind === 'token') {
        context.remember(last.token)
        return { secret: last.token, expiresAt: last.expiresAtMs }
      }
      const failure = { ...last, kind: 'failure', isPermanent: false } as const
      throw new SourceFailedError(failure, answer.kind === 'failure' || answer.status >= 500)
    },
  })
  return { credential, last: () => last }
}
