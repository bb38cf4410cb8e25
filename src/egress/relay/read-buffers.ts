const SMALL_BYTES = 4 * 1024
const LARGE_BYTES = 64 * 1024
const MOST_SPARE = 32
const MOST_SPARE_SMALL = 256

const spare: Buffer[] = []
const spareSmall: Buffer[] = []

const NOTHING = Buffer.alloc(0)

/**
 * Buffers for one connection's reads, used again instead of made anew: a small one while little comes, so that a thousand idle
 * connections cost little, and a large one out of a shared stock while much comes.
 */
export class ReadBuffers {
  #wantsLarge = false
  #isLent = false
  #current: Buffer = this.#make()

  /** Called after each read: how much there was, and whether its bytes are still being written somewhere. */
  note(length: number, isLent: boolean): void {
    this.#wantsLarge = length >= SMALL_BYTES
    this.#isLent = isLent
  }

  /** The buffer for the next read; never one whose bytes are still being written. */
  next(): Buffer {
    if (this.#isLent) {
      this.#isLent = false
      // Given up: the collector takes it when the write is done. It happens once per stall, not once per read.
      this.#current = this.#make()
    } else if ((this.#current.length === LARGE_BYTES) !== this.#wantsLarge) {
      this.release()
      this.#current = this.#make()
    }
    return this.#current
  }

  /** After the last read. */
  release(): void {
    const [stock, most] = this.#current.length === LARGE_BYTES ? [spare, MOST_SPARE] : [spareSmall, MOST_SPARE_SMALL]
    if (this.#current !== NOTHING && !this.#isLent && stock.length < most) stock.push(this.#current)
    this.#current = NOTHING
  }

  #make(): Buffer {
    return this.#wantsLarge
      ? (spare.pop() ?? Buffer.allocUnsafeSlow(LARGE_BYTES))
      : (spareSmall.pop() ?? Buffer.allocUnsafeSlow(SMALL_BYTES))
  }
}
