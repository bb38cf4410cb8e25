import type { SourceOutcome } from '../../../core/credentials/source.ts'
import type { Redactor } from '../../../core/redact.ts'
import type { Secret } from '../../../core/secret.ts'
import type { ProviderConfig, SecretName } from '../../../core/sidecar-config.ts'
import type { ValidationContext } from '../validation/prober.ts'
import type { Credential } from './credential.ts'
import type { SourceClient } from './source-client.ts'

/** What obtaining credentials needs; one per worker. */
export interface SourceContext {
  readonly validation: ValidationContext
  readonly sources: SourceClient
  /** Credentials that are renewed, by what tells them apart. */
  readonly renewed: Map<string, Credential>
  readonly redact: Redactor
  /** Milliseconds; `now` is the wall's, `monotonic` never goes back. */
  readonly clock: { readonly now: () => number; readonly monotonic: () => number }
  /** @throws when the launch message lacks it: the last guard before sockets are opened. */
  readonly readSecret: (name: SecretName) => string
  readonly findSecret: (name: SecretName) => Secret | undefined
  /** From now on every log line and excerpt is freed of this credential, too. */
  readonly remember: (secret: Secret) => void
  /** Keeps a rotated secret for the next time, also for the next worker. */
  readonly rotate: (name: SecretName, secret: Secret) => void
  readonly events: (provider: ProviderConfig) => {
    readonly onRenewed: () => void
    readonly onFailed: (error: unknown) => void
  }
}

/** What came of asking a source once. */
export interface SourceReading {
  readonly outcome: SourceOutcome
  readonly isSourceDown: boolean
}
