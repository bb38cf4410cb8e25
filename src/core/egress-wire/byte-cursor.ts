/** The bytes are not what their own lengths say. Thrown and caught inside this room only; each parser turns it into a refusal. */
export class MalformedError extends Error {}

/** Reads big-endian numbers and length-prefixed vectors off foreign bytes, never beyond their end. */
export class ByteCursor {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length
  }

  get position(): number {
    return this.#at
  }

  take(length: number): Buffer {
    if (length > this.#bytes.length - this.#at) throw new MalformedError('a length points behind the end')
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }

  takeNumber(width: 1 | 2 | 3 | 4): number {
    return this.take(width).readUIntBE(0, width)
  }

  /** A vector behind `width` bytes of its length, between `least` and `most` bytes long. */
  takeVector(width: 1 | 2, least: number, most: number): Buffer {
    const length = this.takeNumber(width)
    if (length < least || length > most) throw new MalformedError('a vector has a forbidden length')
    return this.take(length)
  }
}
