import type { BlockReason } from '../../core/policy/policy.ts'

/** An allowed connection that could not be made: by a rule about addresses, or by what the network said. */
export class DialError extends Error {
  readonly reason: BlockReason | undefined
  /** An error code such as ECONNREFUSED. */
  readonly failure: string | undefined

  constructor(cause: { readonly reason?: BlockReason; readonly failure?: string }) {
    super(`Could not connect: ${cause.reason ?? cause.failure}`)
    this.name = 'DialError'
    this.reason = cause.reason
    this.failure = cause.failure
  }
}

/** Whatever went wrong, as a DialError: the code of a system error, and no text of it, which may hold an address or a name. */
export function toDialError(error: unknown): DialError {
  return error instanceof DialError ? error : new DialError({ failure: readErrorCode(error) ?? 'EFAIL' })
}

/** The code of a system error, read by its shape: errors of another realm are no instances of our class. */
export function readErrorCode(error: unknown): string | undefined {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : undefined
}
