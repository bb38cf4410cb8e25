/**
 * Memory that sockets are read into. Node gives each read 64 KiB of its own, outside of V8's heap, where the collector does not
 * see it: large bodies leave hundreds of megabytes of it behind. Here reads that are small share one buffer, large ones have a
 * buffer of their own that is used again as soon as what lies in it has been written.
 */
export const READ_BYTES = 64 * 1024
/** TLS gives out one record at a time. */
export const RECORD_BYTES = 16 * 1024
/** A socket that brings this much at once gets a buffer of its own. */
const LARGE = 16 * 1024
/** It gives it back when a read is smaller than this. */
const SMALL = 4 * 1024
const MOST_FREE = 64

const owners = new WeakMap<ArrayBufferLike, ReadBuffer>()
const free = new Map<number, ReadBuffer[]>([
  [READ_BYTES, []],
  [RECORD_BYTES, []],
])

export type ReadSize = typeof READ_BYTES | typeof RECORD_BYTES

/** One piece of that memory, and who still needs what lies in it. */
export class ReadBuffer {
  readonly bytes: Buffer
  readonly isShared: boolean
  #writes = 0
  #isRead = true

  constructor(size: ReadSize, isShared: boolean) {
    this.bytes = Buffer.allocUnsafeSlow(size)
    this.isShared = isShared
    owners.set(this.bytes.buffer, this)
  }

  /** The buffer after a read of so many bytes has been dealt with: the same one, where it can be used again at once. */
  after(count: number, size: ReadSize): ReadBuffer {
    if (this.isShared) return count < LARGE ? this : takeFree(size)
    if (count >= SMALL && this.#writes === 0) return this
    this.giveBack()
    return count < SMALL ? shared : takeFree(size)
  }

  /** Nobody reads into it any more. */
  giveBack(): void {
    this.#isRead = false
    if (this.#writes === 0) this.#free()
  }

  /** Its bytes are being written; until the result is called they must stay as they are. */
  lend(): () => void {
    this.#writes += 1
    let isBack = false
    return () => {
      if (isBack) return
      isBack = true
      this.#writes -= 1
      if (this.#writes === 0 && !this.#isRead) this.#free()
    }
  }

  claim(): this {
    this.#isRead = true
    return this
  }

  #free(): void {
    const list = free.get(this.bytes.length)
    if (!this.isShared && list !== undefined && list.length < MOST_FREE) list.push(this)
  }
}

const shared = new ReadBuffer(READ_BYTES, true)

function takeFree(size: ReadSize): ReadBuffer {
  return free.get(size)?.pop()?.claim() ?? new ReadBuffer(size, false)
}

/** Where every socket begins. */
export function takeShared(): ReadBuffer {
  return shared
}

/** The read buffer in which these bytes lie; undefined when their memory is their own. */
export function findOwner(bytes: Buffer): ReadBuffer | undefined {
  return owners.get(bytes.buffer)
}
