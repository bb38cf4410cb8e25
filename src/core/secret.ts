/**
 * A value that must never be printed. It shows as «redacted» in string, JSON and inspector output; only {@link Secret.reveal}
 * gives the text, and a test allows that call in a handful of files (docs/architecture.md, "Where a secret may be").
 */
export class Secret {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  /** The real text. Callers are limited by `__tests__/architecture.test.ts`. */
  reveal(): string {
    return this.#value
  }

  /** True when both hold the same text; used to see whether a refresh changed anything. */
  equals(other: Secret): boolean {
    return this.#value === other.#value
  }

  toString(): string {
    return REDACTED
  }

  toJSON(): string {
    return REDACTED
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return REDACTED
  }
}

/** What a secret looks like wherever it is printed. */
export const REDACTED = '«redacted»'
