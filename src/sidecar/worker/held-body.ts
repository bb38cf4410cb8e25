import type { BodyReceiver, ClientRequest } from './client/client-request.ts'

/**
 * Holds what comes of a body while it is found out whether the request may be served: a body is lost unless somebody receives it in
 * the turn of its head. At most what the connection has read before it pauses is held. Whoever reads the body afterwards sees it as
 * if it had come then, its end included.
 */
export class HeldBody implements BodyReceiver {
  readonly #request: ClientRequest
  readonly #bytes: Buffer[] = []
  #hasEnded = false

  constructor(request: ClientRequest) {
    this.#request = request
    request.receiver = this
  }

  onData(bytes: Buffer): void {
    this.#bytes.push(Buffer.from(bytes))
    this.#request.connection.pauseBody()
  }

  onEnd(): void {
    this.#hasEnded = true
    this.#request.isComplete = false
  }

  onLeave(): void {
    this.#bytes.length = 0
  }

  /** Nobody will read it. */
  drop(): void {
    this.#request.receiver = undefined
    this.#finish()
  }

  /** Gives what was held to the receiver of now; without one it is thrown away. */
  release(): void {
    const { receiver } = this.#request
    if (receiver === this || receiver === undefined) {
      this.drop()
      return
    }
    for (const bytes of this.#bytes) receiver.onData(bytes)
    if (this.#finish()) receiver.onEnd()
    else this.#request.connection.resumeBody()
  }

  #finish(): boolean {
    if (this.#hasEnded) this.#request.isComplete = true
    return this.#hasEnded
  }
}
