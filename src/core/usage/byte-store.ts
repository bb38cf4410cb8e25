/**
 * A growing copy of bytes with an upper bound. Copies, because the network layer may reuse its buffers; lets go of a large
 * block when emptied, because thousands of idle streams hold one each.
 */
export interface ByteStore {
  readonly length: number
  /** Adds a copy. Adds nothing and returns false when the bound would be passed. */
  append(bytes: Uint8Array): boolean
  /** The bytes so far; valid until the next call. */
  view(): Uint8Array
  clear(): void
}

const SMALLEST = 512
const KEPT_WHEN_EMPTY = 16 * 1024
const NOTHING = new Uint8Array(0)

/** Creates an empty store for at most `limit` bytes; it allocates with the first append. */
export function createByteStore(limit: number): ByteStore {
  let block = NOTHING
  let length = 0
  return {
    get length() {
      return length
    },
    append(bytes) {
      const needed = length + bytes.length
      if (needed > limit) return false
      if (needed > block.length) {
        const grown = new Uint8Array(Math.min(limit, Math.max(SMALLEST, needed, block.length * 2)))
        grown.set(block.subarray(0, length))
        block = grown
      }
      block.set(bytes, length)
      length = needed
      return true
    },
    view: () => block.subarray(0, length),
    clear() {
      length = 0
      if (block.length > KEPT_WHEN_EMPTY) block = NOTHING
    },
  }
}
