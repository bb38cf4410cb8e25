/**
 * A growing copy of bytes with an upper bound. Copies, because the network layer may reuse its buffers; holds no memory while
 * empty, because thousands of idle streams have one each.
 */
export interface ByteStore {
  readonly length: number
  /** Adds a copy. Adds nothing and returns false when the bound would be passed. */
  append(bytes: Uint8Array): boolean
  /** The bytes so far; valid until the next append or clear. */
  view(): Uint8Array
  clear(): void
}

/** Enough for nearly every line, frame and short answer. */
const BLOCK = 4096
// Every short JSON answer needs a block for a moment. Memory outside the heap is dear to allocate and to collect: without this
// list it was the larger part of metering such an answer.
const spareBlocks: Uint8Array[] = []
const MAX_SPARE_BLOCKS = 64
const NOTHING = new Uint8Array(0)

/** Creates an empty store for at most `limit` bytes. */
export function createByteStore(limit: number): ByteStore {
  return new BlockStore(limit)
}

// A class, as the meters are: two or three are made for each request, and an object literal with getters costs ten times as much.
class BlockStore implements ByteStore {
  readonly #limit: number
  #block: Uint8Array = NOTHING
  #length = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  get length(): number {
    return this.#length
  }

  append(bytes: Uint8Array): boolean {
    const needed = this.#length + bytes.length
    if (needed > this.#limit) return false
    if (needed > this.#block.length) this.#grow(needed)
    this.#block.set(bytes, this.#length)
    this.#length = needed
    return true
  }

  view(): Uint8Array {
    return this.#block.subarray(0, this.#length)
  }

  clear(): void {
    giveBack(this.#block)
    this.#block = NOTHING
    this.#length = 0
  }

  #grow(needed: number): void {
    const doubled = Math.min(this.#limit, Math.max(needed, this.#block.length * 2))
    const grown = needed <= BLOCK ? takeBlock() : new Uint8Array(doubled)
    grown.set(this.view())
    giveBack(this.#block)
    this.#block = grown
  }
}

function takeBlock(): Uint8Array {
  return spareBlocks.pop() ?? new Uint8Array(BLOCK)
}

function giveBack(block: Uint8Array): void {
  if (block.length === BLOCK && spareBlocks.length < MAX_SPARE_BLOCKS) spareBlocks.push(block)
}
