import type { Answer } from '../../src/sidecar/worker/client/answer.ts'
import { ClientConnection } from '../../src/sidecar/worker/client/client-connection.ts'
import type { ClientRequest } from '../../src/sidecar/worker/client/client-request.ts'
import type { RequestHead } from '../../src/sidecar/worker/client/request-head.ts'
import { SocketReader } from '../../src/sidecar/worker/wire/socket-reader.ts'
import { FakeSocket } from './fake-socket.ts'

export interface SeenRequest {
  readonly head: RequestHead
  /** Latin-1. */
  body: string
  isComplete: boolean
}

export interface ConnectionReading {
  readonly requests: readonly SeenRequest[]
  /** `open`, `refused 400`, `closing` behind a last answer, `tunnel`, or `destroyed`. */
  readonly state: string
}

export interface ReadingOptions {
  /** For each complete request: how many further pieces come before it is answered. */
  readonly delays: () => number
}

export type ReadConnection = (pieces: readonly Buffer[], options: ReadingOptions) => Promise<ConnectionReading>

/** A connection of the sidecar's own server, with a client whose bytes come in these pieces. */
export const readConnection: ReadConnection = async (pieces, options) => {
  const run = new ConnectionRun(options)
  for (const piece of pieces) {
    await run.waitUntilReading()
    run.give(piece)
  }
  await run.finish()
  return run.result()
}

interface Waiting {
  readonly answer: Answer
  left: number
}

class ConnectionRun {
  readonly #socket = new FakeSocket()
  readonly #reader = new SocketReader(() => undefined)
  readonly #requests: SeenRequest[] = []
  readonly #options: ReadingOptions
  #waiting: Waiting | undefined
  #refusal: string | undefined
  #isTunnel = false

  constructor(options: ReadingOptions) {
    this.#options = options
    new ClientConnection(this.#socket.asSocket(), this.#reader, {
      keepAliveSeconds: 5,
      onRequest: (request, answer) => this.#onRequest(request, answer),
      onUpgrade: (request) => {
        this.#isTunnel = true
        this.#requests.push({ head: request.head, body: '', isComplete: true })
      },
      renderRaw: (_code, status = 400) => {
        this.#refusal = `refused ${status}`
        return ''
      },
      now: () => 0,
    })
  }

  /** A paused socket brings nothing; the answer that it waits for comes first. */
  async waitUntilReading(): Promise<void> {
    for (let turn = 0; this.#socket.isPaused() && turn < 100; turn += 1) {
      this.#answerWaiting()
      await nextTick()
    }
  }

  give(piece: Buffer): void {
    if (this.#socket.destroyed) return
    this.#reader.onBytes(piece)
    if (this.#waiting !== undefined && this.#waiting.left-- <= 0) this.#answerWaiting()
  }

  async finish(): Promise<void> {
    for (let turn = 0; turn < 100 && (this.#waiting !== undefined || this.#socket.isPaused()); turn += 1) {
      this.#answerWaiting()
      await nextTick()
    }
  }

  result(): ConnectionReading {
    const state =
      this.#refusal ??
      (this.#isTunnel ? 'tunnel' : this.#socket.destroyed ? 'destroyed' : this.#socket.isEnded ? 'closing' : 'open')
    return { requests: this.#requests, state }
  }

  #onRequest(request: ClientRequest, answer: Answer): void {
    const seen: SeenRequest = { head: request.head, body: '', isComplete: false }
    this.#requests.push(seen)
    const end = (): void => {
      seen.isComplete = true
      this.#waiting = { answer, left: this.#options.delays() }
      if (this.#waiting.left === 0) this.#answerWaiting()
    }
    if (request.head.framing.kind === 'none') {
      end()
      return
    }
    request.receiver = {
      onData: (bytes) => {
        seen.body += bytes.toString('latin1')
      },
      onEnd: end,
      onLeave: () => undefined,
    }
  }

  #answerWaiting(): void {
    const waiting = this.#waiting
    this.#waiting = undefined
    if (waiting === undefined || waiting.answer.isOver) return
    waiting.answer.sendHead(200, 'OK', ['date', 'today', 'content-length', '0'])
    waiting.answer.end()
  }
}

const nextTick = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve))
