import type { Socket } from 'node:net'
import type { Upstream } from '../../../core/upstream.ts'
import { READ_BYTES, RECORD_BYTES } from '../wire/read-buffer.ts'
import { SocketReader } from '../wire/socket-reader.ts'
import { type AnswerHandler, Exchange, type ExchangeEnd, SilenceError } from './exchange.ts'
import { renderRequestHead, type UpstreamRequest } from './request-head.ts'

export interface PoolOptions {
  /** Opens a connection whose bytes go to the reader. */
  readonly connect: (upstream: Upstream, reader: SocketReader) => Promise<Socket>
  /** Longest silence of an upstream in an exchange, milliseconds; 0 = none. */
  readonly idleTimeoutMs: number
  /** How long an unused connection is kept, milliseconds. */
  readonly keepAliveMs: number
}

const SWEEP_MS = 500
/** An upstream that promises n seconds may count from its own last byte: leave before it does. */
const KEEP_ALIVE_MARGIN_MS = 1000

interface Connection {
  readonly socket: Socket
  exchange: Exchange | undefined
  /** Coarse time after which the unused connection is closed. */
  expiresAt: number
}

/**
 * Keep-alive HTTP/1.1 connections to one origin, one request at a time on each. The connection used last is used next, so the
 * others grow old and are closed.
 */
export class ConnectionPool {
  readonly #upstream: Upstream
  readonly #options: PoolOptions
  readonly #free: Connection[] = []
  readonly #all = new Set<Connection>()
  #timer: NodeJS.Timeout | undefined
  #now = performance.now()

  constructor(upstream: Upstream, options: PoolOptions) {
    this.#upstream = upstream
    this.#options = options
  }

  /** Sends a request. Failures go to the handler. @throws InvalidRequestError when it cannot be written. */
  dispatch(request: UpstreamRequest, handler: AnswerHandler): void {
    const rendered = renderRequestHead(request)
    const exchange = new Exchange(request, handler, this.#readClock)
    handler.onRequestStart(exchange)
    if (exchange.isOver) return
    const connection = this.#takeFree()
    if (connection !== undefined) {
      this.#start(connection, exchange, rendered)
      return
    }
    this.#dial().then(
      (dialled) => (exchange.isOver ? this.#keep(dialled) : this.#start(dialled, exchange, rendered)),
      (error: Error) => exchange.fail(error),
    )
  }

  #takeFree(): Connection | undefined {
    for (;;) {
      const connection = this.#free.pop()
      if (connection === undefined || (!connection.socket.destroyed && connection.socket.writable)) return connection
    }
  }

  #start(connection: Connection, exchange: Exchange, rendered: ReturnType<typeof renderRequestHead>): void {
    connection.exchange = exchange
    exchange.run(connection.socket, rendered, {
      onPause: () => connection.socket.pause(),
      onResume: () => connection.socket.resume(),
      onEnd: (end) => this.#onEnd(connection, end),
    })
  }

  // Coarse: asking the system for the time at each read costs more than the parser's work on an event.
  readonly #readClock = (): number => this.#now

  #onEnd(connection: Connection, end: ExchangeEnd): void {
    connection.exchange = undefined
    if (!end.isReusable) {
      connection.socket.destroy()
      return
    }
    const { keepAliveMs } = this.#options
    const promised =
      end.keepAliveSeconds === undefined ? keepAliveMs : end.keepAliveSeconds * 1000 - KEEP_ALIVE_MARGIN_MS
    connection.expiresAt = this.#now + Math.min(keepAliveMs, promised)
    if (promised <= 0) connection.socket.destroy()
    else this.#keep(connection)
  }

  #keep(connection: Connection): void {
    this.#free.push(connection)
  }

  async #dial(): Promise<Connection> {
    let hasSpokenFirst = false
    const size = this.#upstream.scheme === 'https' ? RECORD_BYTES : READ_BYTES
    const reader = new SocketReader(() => {
      hasSpokenFirst = true
    }, size)
    const socket = await this.#options.connect(this.#upstream, reader)
    const connection: Connection = { socket, exchange: undefined, expiresAt: this.#now + this.#options.keepAliveMs }
    if (hasSpokenFirst) socket.destroy()
    this.#all.add(connection)
    this.#watch(connection, reader)
    this.#timer ??= setInterval(() => this.#sweep(), SWEEP_MS).unref()
    return connection
  }

  #watch(connection: Connection, reader: SocketReader): void {
    const { socket } = connection
    let broken: Error | undefined
    reader.onBytes = (bytes) => {
      // Bytes that nobody asked for: the two sides no longer agree about where an answer ends.
      if (connection.exchange === undefined) socket.destroy()
      else connection.exchange.push(bytes)
    }
    socket.on('error', (error) => {
      broken = error
    })
    socket.once('end', () => connection.exchange?.close(undefined))
    socket.once('close', () => {
      reader.close()
      this.#all.delete(connection)
      // A peak's connections end unused below the one that is always taken, and nobody would take them out.
      const at = this.#free.indexOf(connection)
      if (at >= 0) this.#free.splice(at, 1)
      connection.exchange?.close(broken)
    })
  }

  #sweep(): void {
    this.#now = performance.now()
    const { idleTimeoutMs } = this.#options
    for (const { exchange, socket, expiresAt } of this.#all) {
      if (exchange === undefined) {
        if (expiresAt <= this.#now) socket.destroy()
      } else if (idleTimeoutMs > 0 && !exchange.isPaused && this.#now - exchange.lastActivity > idleTimeoutMs) {
        exchange.fail(new SilenceError('the upstream is silent'))
      }
    }
  }
}
