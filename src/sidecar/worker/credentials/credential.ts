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

/** Thrown when a credential cannot be obtained; carries no text of the issuer. */
export class CredentialUnavailableError extends Error {
  readonly retryAfterMs: number

  constructor(message: string, retryAfterMs: number, options?: ErrorOptions) {
    super(message, options)
    this.name = 'CredentialUnavailableError'
    this.retryAfterMs = retryAfterMs
  }
}

/** A key that never changes. */
export function createStaticCredential(secret: Secret): Credential {
  return { current: () => secret, renewAfter: () => Promise.resolve(false), close: () => undefined }
}
