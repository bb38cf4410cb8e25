import { METHODS } from 'node:http'
import type { Socket } from 'node:net'
import type { RefusalCode } from '../../../core/refusals.ts'
import type { SocketReader } from '../wire/socket-reader.ts'
import { Answer, type AnswerConnection } from './answer.ts'
import { ClientRequest, type RequestConnection } from './client-request.ts'
import { ClientTunnel } from './client-tunnel.ts'
import { HeadCollector } from './head-collector.ts'
import { type BodyFramer, createBodyFramer } from './request-body-framer.ts'
import { MalformedRequestError, parseRequestHead, type RequestHead } from './request-head.ts'

/** Who serves the requests of a connection. */
export interface ConnectionOwner {
  readonly keepAliveSeconds: number
  onRequest(request: ClientRequest, answer: Answer): void
  onUpgrade(request: ClientRequest, tunnel: ClientTunnel): void
  /** A refusal as it goes over the wire, for what is no request. */
  renderRaw(code: RefusalCode, status?: number): string
  /** Coarse clock in milliseconds. */
  now(): number
}

export interface ConnectionLimits {
  /** From the first byte of a head to its last. */
  readonly headMs: number
  /** Without a request. */
  readonly idleMs: number
  /** From the end of the last answer until the client has closed, too. */
  readonly lingerMs: number
}

/** `open`: serving. `lingering`: the last answer is out, and what still comes is thrown away. `tunnel`: no longer HTTP. */
type State = 'open' | 'lingering' | 'tunnel' | 'closed'

const KNOWN_METHODS: ReadonlySet<string> = new Set(METHODS)
const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n'

/**
 * One connection of a client: reads its requests one after another, each with its answer before the next. What comes behind a
 * request under way waits, and nothing more is read meanwhile. A client that ends its side has left: what was asked for it ends.
 */
export class ClientConnection implements RequestConnection, AnswerConnection {
  readonly socket: Socket
  readonly #reader: SocketReader
  readonly #owner: ConnectionOwner
  readonly #heads = new HeadCollector()
  #state: State = 'open'
  #request: ClientRequest | undefined
  #answer: Answer | undefined
  #framer: BodyFramer | undefined
  /** Bytes behind the request under way. */
  #rest: Buffer | undefined
  #since: number

  constructor(socket: Socket, reader: SocketReader, owner: ConnectionOwner) {
    this.socket = socket
    this.#reader = reader
    this.#owner = owner
    this.#since = owner.now()
    reader.onBytes = (bytes) => this.#take(bytes)
    socket.on('error', () => undefined)
    socket.on('drain', () => this.#answer?.onDrain?.())
    socket.once('end', () => this.#onEnd())
    socket.once('close', () => this.#onClose())
  }

  get keepAliveSeconds(): number {
    return this.#owner.keepAliveSeconds
  }

  /** Ends the connection when its time is over. */
  check(limits: ConnectionLimits): void {
    const waited = this.#owner.now() - this.#since
    if (this.#state === 'lingering') {
      if (waited > limits.lingerMs) this.socket.destroy()
    } else if (this.#state === 'open' && this.#request === undefined) {
      if (this.#heads.hasBegun && waited > limits.headMs) this.#refuse('malformed_request')
      else if (waited > limits.idleMs) this.socket.destroy()
    }
  }

  pauseBody(): void {
    if (this.#framer !== undefined) this.socket.pause()
  }

  resumeBody(): void {
    if (this.#rest === undefined) this.socket.resume()
  }

  sendContinue(): void {
    if (this.#request?.head.expectsContinue === true) this.socket.write(CONTINUE, 'latin1')
  }

  onAnswered(isKept: boolean): void {
    if (!isKept) this.#linger()
    else if (this.#request?.isComplete === true) this.#next()
    else {
      // The rest of the body is read and thrown away; then the next request comes.
      this.#answer = undefined
      if (this.#request !== undefined) this.#request.receiver = undefined
      if (this.socket.isPaused()) this.socket.resume()
    }
  }

  #take(bytes: Buffer): void {
    if (this.#state !== 'open') return
    try {
      for (let left = bytes; left.length > 0 && this.#isOpen(); ) left = this.#step(left)
    } catch (error) {
      this.#onMalformed(error)
    }
  }

  #isOpen(): boolean {
    return this.#state === 'open'
  }

  /** @returns what it has not used. */
  #step(bytes: Buffer): Buffer {
    if (this.#framer !== undefined) return this.#readBody(this.#framer, bytes)
    if (this.#request !== undefined) return this.#wait(bytes)
    return this.#readHead(bytes)
  }

  #readHead(bytes: Buffer): Buffer {
    if (!this.#heads.hasBegun) this.#since = this.#owner.now()
    const found = this.#heads.push(bytes)
    if (found === undefined) return NOTHING
    const head = parseRequestHead(found.text, KNOWN_METHODS)
    const rest = found.used === bytes.length ? NOTHING : bytes.subarray(found.used)
    if (head.method === 'CONNECT') this.#refuse('bad_request_target')
    else if (head.isUpgrade) this.#upgrade(head, rest)
    else {
      this.#begin(head)
      return rest
    }
    return NOTHING
  }

  #begin(head: RequestHead): void {
    const request = new ClientRequest(head, this)
    this.#request = request
    this.#answer = new Answer(this, head)
    this.#framer = createBodyFramer(head.framing)
    this.#owner.onRequest(request, this.#answer)
  }

  #upgrade(head: RequestHead, early: Buffer): void {
    this.#state = 'tunnel'
    const tunnel = new ClientTunnel(this.socket, this.#reader, early)
    this.#owner.onUpgrade(new ClientRequest(head, this), tunnel)
  }

  #readBody(framer: BodyFramer, bytes: Buffer): Buffer {
    const { payload, used } = framer.push(bytes)
    const request = this.#request
    if (payload !== undefined) request?.receiver?.onData(payload)
    if (framer.isOver && this.#framer === framer) this.#endBody()
    return used === bytes.length ? NOTHING : bytes.subarray(used)
  }

  #endBody(): void {
    const request = this.#request
    this.#framer = undefined
    // Nothing of this body is left that could be held back; the end of the connection must be seen.
    if (this.socket.isPaused()) this.socket.resume()
    if (request === undefined) return
    request.isComplete = true
    if (this.#answer === undefined) this.#next()
    else request.receiver?.onEnd()
  }

  // Read as far as to know whether it may be a request: garbage behind a request under way must not wait for its answer.
  #wait(bytes: Buffer): Buffer {
    this.#rest = this.#rest === undefined ? Buffer.from(bytes) : Buffer.concat([this.#rest, bytes])
    this.socket.pause()
    const found = new HeadCollector().push(this.#rest)
    if (found !== undefined) parseRequestHead(found.text, KNOWN_METHODS)
    return NOTHING
  }

  #next(): void {
    this.#request = undefined
    this.#answer = undefined
    this.#since = this.#owner.now()
    if (this.#rest === undefined) return
    // In a turn of its own: a long row of requests that are refused must not become a deep stack.
    process.nextTick(() => {
      const rest = this.#rest
      this.#rest = undefined
      this.socket.resume()
      if (rest !== undefined) this.#take(rest)
    })
  }

  #onMalformed(error: unknown): void {
    const isMalformed = error instanceof MalformedRequestError
    // Behind the head of an answer that is under way, a refusal would be read as a part of that answer.
    if (!isMalformed || this.#answer?.isHeadSent === true) this.socket.destroy()
    else this.#refuse('malformed_request', error.status)
    if (!isMalformed) throw error
  }

  /** Answers what is no request, in place of any answer that has not begun. */
  #refuse(code: RefusalCode, status?: number): void {
    this.#linger(this.#owner.renderRaw(code, status))
  }

  // Closing at once, with bytes unread, would send a reset that can overtake the answer.
  #linger(last = ''): void {
    this.#state = 'lingering'
    this.#since = this.#owner.now()
    this.#leaveRequest()
    this.socket.end(last)
    if (this.socket.isPaused()) this.socket.resume()
  }

  #leaveRequest(): void {
    const [request, answer] = [this.#request, this.#answer]
    this.#request = undefined
    this.#answer = undefined
    this.#framer = undefined
    this.#rest = undefined
    const isAnswered = answer?.isOver === true
    answer?.abandon()
    // Where the answer is out, what is left of the body is of no interest to anybody.
    if (request?.isComplete === false && !isAnswered) request.receiver?.onLeave()
  }

  #onEnd(): void {
    if (this.#state === 'tunnel') this.socket.end()
    else if (this.#state === 'open' && this.#request === undefined && this.#heads.hasBegun) {
      this.#refuse('malformed_request')
    } else if (this.#state === 'open') this.socket.destroy()
  }

  #onClose(): void {
    this.#reader.close()
    if (this.#state === 'tunnel') return
    this.#state = 'closed'
    this.#leaveRequest()
  }
}

const NOTHING = Buffer.alloc(0)
