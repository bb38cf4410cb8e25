import { createInflateRaw, type InflateRaw } from 'node:zlib'

/** What the end marker of a deflate block was before the sender cut it off (RFC 7692 §7.2.2). */
const TAIL = Buffer.from([0x00, 0x00, 0xff, 0xff])
/** A message that inflates to more is a bomb: reading stops, the bytes themselves pass on. */
const MAX_INFLATED_BYTES = 64 * 1024 * 1024

/**
 * Reads permessage-deflate: one window over all messages of a direction, each message flushed on its own. `onText` gets the
 * messages in order, some time after they were pushed.
 */
export class MessageInflater {
  readonly #onText: (payload: Uint8Array) => void
  #decoder: InflateRaw | undefined
  #isBroken = false
  #parts: Buffer[] = []
  #size = 0
  #waiting = 0
  #onIdle: (() => void) | undefined

  constructor(onText: (payload: Uint8Array) => void) {
    this.#onText = onText
  }

  /** @param isTruncated the payload lacks its end: the window is lost, nothing can be read from here on. */
  push(payload: Uint8Array, isTruncated: boolean): void {
    if (isTruncated) this.#stop()
    if (this.#isBroken) return
    this.#decoder ??= this.#start()
    this.#waiting += 1
    this.#decoder.write(Buffer.concat([payload, TAIL]))
    this.#decoder.flush(() => this.#onFlushed())
  }

  /** Ends reading; calls back when all messages pushed so far are through. */
  close(done: () => void): void {
    this.#onIdle = done
    this.#settle()
  }

  #start(): InflateRaw {
    const decoder = createInflateRaw()
    decoder.on('data', (part: Buffer) => {
      this.#size += part.length
      if (this.#size > MAX_INFLATED_BYTES) this.#stop()
      else this.#parts.push(part)
    })
    decoder.on('error', () => this.#stop())
    return decoder
  }

  #onFlushed(): void {
    this.#waiting -= 1
    if (this.#isBroken) return
    const message = Buffer.concat(this.#parts)
    this.#parts = []
    this.#size = 0
    this.#onText(message)
    this.#settle()
  }

  #stop(): void {
    this.#isBroken = true
    this.#parts = []
    this.#decoder?.destroy()
    this.#settle()
  }

  #settle(): void {
    const done = this.#onIdle
    if (done === undefined || (this.#waiting > 0 && !this.#isBroken)) return
    this.#onIdle = undefined
    this.#isBroken = true
    this.#decoder?.destroy()
    done()
  }
}
