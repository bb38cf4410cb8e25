import type { Socket } from 'node:net'
import type { RequestHead } from './request-head.ts'

/** Who reads the body of a request. */
export interface BodyReceiver {
  /** @param bytes valid during the call only. */
  onData(bytes: Buffer): void
  /** The body is complete. */
  onEnd(): void
  /** The client has left before it was. */
  onLeave(): void
}

/** What a request may ask of its connection. */
export interface RequestConnection {
  readonly socket: Socket
  pauseBody(): void
  resumeBody(): void
  /** Tells a client that waits for it to send the body. */
  sendContinue(): void
}

/** One request of a client: its head, and its body for whoever receives it in the turn in which the head arrives. */
export class ClientRequest {
  readonly head: RequestHead
  readonly connection: RequestConnection
  /** Without one the body is thrown away as it comes. */
  receiver: BodyReceiver | undefined
  /** True when every byte of the body has arrived. */
  isComplete: boolean

  constructor(head: RequestHead, connection: RequestConnection) {
    this.head = head
    this.connection = connection
    this.isComplete = head.framing.kind === 'none'
  }

  /** The client's end of the connection. */
  get socket(): Socket {
    return this.connection.socket
  }

  /** Value of the first header of this lower-case name. */
  find(name: string): string | undefined {
    const { headers } = this.head
    for (let index = 0; index + 1 < headers.length; index += 2) {
      if (headers[index]?.length === name.length && headers[index]?.toLowerCase() === name) return headers[index + 1]
    }
    return undefined
  }
}
