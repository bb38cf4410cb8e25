/**
 * Memory that sockets are read into. Node gives each read 64 KiB of its own, outside of V8's heap, where the collector does not
 * see it: large bodies leave hundreds of megabytes of it behind. Here reads that are small share one buffer, large ones have a
 * buffer of their own that is used again as soon as what lies in it has been written.
 */
export const READ_BYTES = 64 * 1024
/** A socket that brings this much at once gets a buffer of its own. */
const LARGE = 16 * 1024
/** It gives it back when a read is smaller than this. */
const SMALL = 4 * 1024
const MOST_FREE = 16

const owners = new WeakMap<ArrayBufferLike, ReadBuffer>()
const free: ReadBuffer[] = []

export class ReadBuffer {
  readonly bytes = Buffer.allocUnsafeSlow(READ_BYTES)
  readonly isShared: boolean
  #writes = 0
  #isRead = true

  constructor(isShared: boolean) {
    this.isShared = isShared
    owners.set(this.bytes.buffer, this)
  }

  /** The buffer after a read of so many bytes has been dealt with: the same one, where it can be used again at once. */
  after(count: number): ReadBuffer {
    if (this.isShared) return count < LARGE ? this : takeFree()
    if (count >= SMALL && this.#writes === 0) return this
    this.giveBack()
    return count < SMALL ? shared : takeFree()
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
    if (!this.isShared && free.length < MOST_FREE) free.push(this)
  }
}

const shared = new ReadBuffer(true)

function takeFree(): ReadBuffer {
  return free.pop()?.claim() ?? new ReadBuffer(false)
}

/** Where every socket begins. */
export function takeShared(): ReadBuffer {
  return shared
}

/** The read buffer in which these bytes lie; undefined when their memory is their own. */
export function findOwner(bytes: Buffer): ReadBuffer | undefined {
  return owners.get(bytes.buffer)
}
