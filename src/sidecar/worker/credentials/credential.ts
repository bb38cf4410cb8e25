import type { SourceFailure } from '../../../core/credentials/source.ts'
import type { Secret } from '../../../core/secret.ts'

/**
 * What the forwarding code knows of a credential, whatever its source: the current one, now or soon, and a way to say that
 * the upstream refused it.
 */
export interface Credential {
  /** The current credential. Synchronous while one is fresh; rejects when none can be had. */
  current(): Secret | Promise<Secret>
  /**
   * Called when the upstream answered 401 to `used`. Resolves to true when another credential is now current, so that one
   * replay is worth it; a byte-identical one is not.
   */
  renewAfter(used: Secret): Promise<boolean>
  close(): void
}

/** A source gave no credential; the failure says why, in words that may be shown. */
export class SourceFailedError extends Error {
  readonly failure: SourceFailure
  /** True when it did not answer at all or with a 5xx: it may be back any moment. */
  readonly isSourceDown: boolean

  constructor(failure: SourceFailure, isSourceDown: boolean) {
    super(`${failure.message} ${failure.fix}`)
    this.name = 'SourceFailedError'
    this.failure = failure
    this.isSourceDown = isSourceDown
  }
}

/** Thrown to a request when no credential can be had; carries no text of the issuer. */
export class CredentialUnavailableError extends Error {
  /** Infinite when the source is no longer asked. */
  readonly retryAfterMs: number

  constructor(retryAfterMs: number, options: ErrorOptions) {
    super('The credential could not be obtained or renewed', options)
    this.name = 'CredentialUnavailableError'
    this.retryAfterMs = retryAfterMs
  }

  /** Row of the dictionary, where the source said why. */
  get failure(): SourceFailure | undefined {
    return this.cause instanceof SourceFailedError ? this.cause.failure : undefined
  }
}

/** A key that never changes. */
export function createStaticCredential(secret: Secret): Credential {
  return { current: () => secret, renewAfter: () => Promise.resolve(false), close: () => undefined }
}
