import {
  deriveExchangeRequest,
  EXCHANGE_SCHEME,
  type Exchange,
  readExchange,
} from '../../../core/probes/copilot-exchange.ts'
import type { ProbeContext } from '../../../core/probes/read-probe.ts'
import type { Secret } from '../../../core/secret.ts'
import type { Credential } from '../credentials/credential.ts'
import { createTokenCycler } from '../credentials/token-cycler.ts'
import { sendTwice, type ValidationContext } from './prober.ts'

export interface ExchangeCredential {
  readonly credential: Credential
  /** The last answer of the token endpoint: its named host, or why there is no token. */
  readonly last: () => Exchange | undefined
}

export interface ExchangeEvents {
  readonly onRenewed: () => void
  readonly onFailed: (error: unknown) => void
}

/** The exchange was refused; `cause` is the row of the dictionary. */
export class ExchangeRefusedError extends Error {
  readonly code: string

  constructor(cause: string) {
    super(`The token exchange was refused (${cause})`)
    this.name = 'ExchangeRefusedError'
    this.code = cause
  }
}

/** A Copilot token made from the GitHub token at the REST host and renewed by `expires_at`. */
export function createExchangeCredential(
  context: ValidationContext,
  subject: { readonly probe: ProbeContext; readonly secret: Secret },
  events: ExchangeEvents,
): ExchangeCredential {
  let last: Exchange | undefined
  const credential = createTokenCycler({
    now: Date.now,
    random: Math.random,
    ...events,
    mint: async () => {
      const authorization = ['authorization', `${EXCHANGE_SCHEME} ${subject.secret.reveal()}`] as const
      const request = deriveExchangeRequest(context.config.topology)
      last = readExchange(subject.probe, await sendTwice(context, request, [authorization]))
      if (last.kind === 'cause') throw new ExchangeRefusedError(last.cause)
      return { secret: last.token, expiresAt: last.expiresAtMs }
    },
  })
  return { credential, last: () => last }
}
