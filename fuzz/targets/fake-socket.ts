import { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'

/** As much of a socket as a connection of a client touches, without a system behind it. */
export class FakeSocket extends EventEmitter {
  readonly written: Buffer[] = []
  readonly writableNeedDrain = false
  readonly writableLength = 0
  destroyed = false
  isEnded = false
  #isPaused = false

  write(data: string | Buffer, ...rest: readonly unknown[]): boolean {
    this.written.push(typeof data === 'string' ? Buffer.from(data, 'latin1') : Buffer.from(data))
    for (const given of rest) if (typeof given === 'function') given()
    return true
  }

  end(data?: string | Buffer): this {
    if (data !== undefined) this.write(data)
    this.isEnded = true
    return this
  }

  destroy(): this {
    this.destroyed = true
    return this
  }

  resetAndDestroy(): this {
    return this.destroy()
  }

  pause(): this {
    this.#isPaused = true
    return this
  }

  resume(): this {
    this.#isPaused = false
    return this
  }

  isPaused(): boolean {
    return this.#isPaused
  }

  cork(): void {}

  uncork(): void {}

  asSocket(): Socket {
    return this as unknown as Socket
  }
}
