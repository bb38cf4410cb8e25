import { createByteStore } from './byte-store.ts'

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
  const store = createByteStore(tailSize * 2)
  let savedHead: Uint8Array | undefined
  const makeRoom = (bytes: Uint8Array) => {
    const whole = store.view()
    savedHead ??= copyStart(whole, bytes, headSize)
    const end = whole.slice(Math.max(0, whole.length - tailSize))
    store.clear()
    if (bytes.length < tailSize) store.append(end)
  }
  return {
    push(bytes) {
      if (store.append(bytes)) return
      makeRoom(bytes)
      store.append(bytes.subarray(Math.max(0, bytes.length - tailSize)))
    },
    head: () => savedHead ?? store.view().subarray(0, headSize),
    tail: () => store.view(),
    clear() {
      savedHead = undefined
      store.clear()
    },
  }
}

function copyStart(first: Uint8Array, second: Uint8Array, size: number): Uint8Array {
  const start = new Uint8Array(Math.min(size, first.length + second.length))
  start.set(first.subarray(0, size))
  if (first.length < size) start.set(second.subarray(0, start.length - first.length), first.length)
  return start
}
