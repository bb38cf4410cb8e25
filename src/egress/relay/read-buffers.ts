const SMALL_BYTES = 4 * 1024
const LARGE_BYTES = 64 * 1024
const MOST_SPARE = 32

const spare: Buffer[] = []

/**
 * Buffers for one connection's reads, used again instead of made anew: a small one while little comes, so that a thousand idle
 * connections cost little, and a large one out of a shared stock while much comes.
 */
export class ReadBuffers {
  #current: Buffer = Buffer.allocUnsafeSlow(SMALL_BYTES)
  #wantsLarge = false
  #isLent = false

  /** Called after each read: how much there was, and whether its bytes are still being written somewhere. */
  note(length: number, isLent: boolean): void {
    this.#wantsLarge = length >= SMALL_BYTES
    this.#isLent = isLent
  }

  /** The buffer for the next read; never one whose bytes are still being written. */
  next(): Buffer {
    const isLarge = this.#current.length === LARGE_BYTES
    if (this.#isLent) {
      this.#isLent = false
      // Given up: the collector takes it when the write is done. It happens once per stall, not once per read.
      this.#current = this.#make()
    } else if (isLarge !== this.#wantsLarge) {
      if (isLarge) this.release()
      this.#current = this.#make()
    }
    return this.#current
  }

  /** After the last read. */
  release(): void {
    if (this.#current.length === LARGE_BYTES && !this.#isLent && spare.length < MOST_SPARE) spare.push(this.#current)
    this.#current = Buffer.alloc(0)
  }

  #make(): Buffer {
    return this.#wantsLarge ? (spare.pop() ?? Buffer.allocUnsafeSlow(LARGE_BYTES)) : Buffer.allocUnsafeSlow(SMALL_BYTES)
  }
}
