import { type ByteStore, createByteStore } from './byte-store.ts'

/** The beginning and the end of a body of any length, in bounded memory. */
export interface HeadAndTail {
  push(bytes: Uint8Array): void
  /** At most `headSize` bytes from the beginning. */
  head(): Uint8Array
  /** The last `tailSize` bytes, or up to twice as many; all of them when there were no more than that. */
  tail(): Uint8Array
  clear(): void
}

/** Creates an empty one. Bytes are copied at most twice, so that a large download costs little. */
export function createHeadAndTail(headSize: number, tailSize: number): HeadAndTail {
  return new Ends(headSize, tailSize)
}

class Ends implements HeadAndTail {
  readonly #headSize: number
  readonly #tailSize: number
  readonly #store: ByteStore
  #savedHead: Uint8Array | undefined

  constructor(headSize: number, tailSize: number) {
    this.#headSize = headSize
    this.#tailSize = tailSize
    this.#store = createByteStore(tailSize * 2)
  }

  push(bytes: Uint8Array): void {
    if (this.#store.append(bytes)) return
    this.#makeRoom(bytes)
    this.#store.append(bytes.subarray(Math.max(0, bytes.length - this.#tailSize)))
  }

  head(): Uint8Array {
    return this.#savedHead ?? this.#store.view().subarray(0, this.#headSize)
  }

  tail(): Uint8Array {
    return this.#store.view()
  }

  clear(): void {
    this.#savedHead = undefined
    this.#store.clear()
  }

  #makeRoom(bytes: Uint8Array): void {
    const whole = this.#store.view()
    this.#savedHead ??= copyStart(whole, bytes, this.#headSize)
    const end = whole.slice(Math.max(0, whole.length - this.#tailSize))
    this.#store.clear()
    if (bytes.length < this.#tailSize) this.#store.append(end)
  }
}

function copyStart(first: Uint8Array, second: Uint8Array, size: number): Uint8Array {
  const start = new Uint8Array(Math.min(size, first.length + second.length))
  start.set(first.subarray(0, size))
  if (first.length < size) start.set(second.subarray(0, start.length - first.length), first.length)
  return start
}
