import type { ChildProcess } from 'node:child_process'
import type { Socket } from 'node:net'
import type { ListenerName, ToWorker } from '../ipc.ts'

export interface HandOver {
  readonly give: (listener: ListenerName, socket: Socket) => void
  readonly taken: (id: number) => void
  /** The worker has read everything up to this connection: what it has not taken by now it will never get. */
  readonly present: (upTo: number) => void
  readonly giveBack: (to: (listener: ListenerName, socket: Socket) => void) => void
}

interface Handed {
  readonly listener: ListenerName
  readonly socket: Socket
  readonly attempts: number
}

const ROLL_CALL_MS = 1000
const MOST_ATTEMPTS = 5

/**
 * Keeps each socket until the worker says that it took it. Without this a connection that arrives between a worker's death and
 * the news of it would be lost unclosed, and its client would wait for ever (seen with SIGKILL: more than a third of them). A
 * worker without a free descriptor loses sockets on their way, and nobody is told (Node drops the message): they are handed over
 * again a second later, and closed when that has not helped for some seconds.
 */
export function createHandOver(child: Pick<ChildProcess, 'connected' | 'send'>): HandOver {
  return new UntakenSockets(child)
}

class UntakenSockets implements HandOver {
  readonly #child: Pick<ChildProcess, 'connected' | 'send'>
  readonly #untaken = new Map<number, Handed>()
  #last = 0
  #rollCall: NodeJS.Timeout | undefined
  #isCalling = false

  constructor(child: Pick<ChildProcess, 'connected' | 'send'>) {
    this.#child = child
  }

  readonly give = (listener: ListenerName, socket: Socket): void => {
    socket.on('error', () => undefined)
    this.#hand({ listener, socket, attempts: 1 })
  }

  readonly taken = (id: number): void => {
    this.#untaken.get(id)?.socket.destroy()
    this.#untaken.delete(id)
  }

  readonly present = (upTo: number): void => {
    this.#isCalling = false
    const lost = [...this.#untaken].filter(([id]) => id <= upTo)
    for (const [id, { listener, socket, attempts }] of lost) {
      this.#untaken.delete(id)
      if (attempts < MOST_ATTEMPTS) this.#hand({ listener, socket, attempts: attempts + 1 })
      else socket.destroy()
    }
    if (this.#untaken.size > 0) this.#planRollCall()
  }

  readonly giveBack = (to: (listener: ListenerName, socket: Socket) => void): void => {
    clearTimeout(this.#rollCall)
    for (const { listener, socket } of this.#untaken.values()) to(listener, socket)
    this.#untaken.clear()
  }

  #hand(handed: Handed): void {
    this.#last += 1
    this.#untaken.set(this.#last, handed)
    if (!this.#child.connected) return
    const message: ToWorker = { kind: 'connection', listener: handed.listener, id: this.#last }
    this.#child.send(message, handed.socket, { keepOpen: true }, () => undefined)
    this.#planRollCall()
  }

  // A worker that is stopped does not answer: nothing is taken from it, and it is not called again.
  #planRollCall(): void {
    if (this.#isCalling) return
    this.#rollCall ??= setTimeout(() => {
      this.#rollCall = undefined
      if (this.#untaken.size === 0 || !this.#child.connected) return
      this.#isCalling = true
      const message: ToWorker = { kind: 'roll-call', upTo: this.#last }
      this.#child.send(message, () => undefined)
    }, ROLL_CALL_MS).unref()
  }
}
