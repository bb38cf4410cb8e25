import type { Socket } from 'node:net'
import { DialError, toDialError } from './dial-error.ts'
import { createFarSide, createFarStream, type FarSide } from './far-side.ts'

/** How long one address may keep the next one waiting (RFC 8305 §5). */
const ATTEMPT_DELAY_MS = 250
const TOTAL_MS = 20_000

export interface DialOptions {
  readonly port: number
  /** For whom we dial: when it closes, nobody waits any more. */
  readonly client: Socket
  /** The caller reads the socket as a stream instead of through a reader. */
  readonly isStream: boolean
}

/** What became of a dial: the connection, or why there is none. */
export type Dialled = FarSide | DialError

/**
 * Connects to the first of some addresses that answers: each starts when the one before has failed or has taken its time.
 * @param settle is called once; with a DialError that holds the code of the first that failed, or ETIMEDOUT, when none answers
 */
export function dialAddresses(
  addresses: readonly string[],
  dial: DialOptions,
  settle: (dialled: Dialled) => void,
): void {
  if (addresses.length === 0) settle(new DialError({ reason: 'unresolvable' }))
  else new Race(addresses, dial, settle).start()
}

/** Events only, no promises and no signal: most races have one runner, and a dial is most of what a tunnel costs. */
class Race {
  readonly #addresses: readonly string[]
  readonly #dial: DialOptions
  readonly #settle: (dialled: Dialled) => void
  #running: FarSide[] = []
  #startedCount = 0
  #isOver = false
  #failure: DialError | undefined
  #deadline: NodeJS.Timeout | undefined
  #pause: NodeJS.Timeout | undefined

  constructor(addresses: readonly string[], dial: DialOptions, settle: (dialled: Dialled) => void) {
    this.#addresses = addresses
    this.#dial = dial
    this.#settle = settle
  }

  start(): void {
    if (this.#dial.client.destroyed) {
      this.#abandon()
      return
    }
    this.#deadline = setTimeout(this.#abandon, TOTAL_MS)
    this.#dial.client.on('close', this.#abandon)
    this.#startNext()
  }

  readonly #abandon = (): void => this.#end(undefined)

  readonly #startNext = (): void => {
    clearTimeout(this.#pause)
    const address = this.#addresses[this.#startedCount]
    if (address === undefined) {
      if (this.#running.length === 0) this.#end(undefined)
      return
    }
    this.#startedCount += 1
    const { port, isStream } = this.#dial
    const far = isStream ? createFarStream(address, port) : createFarSide(address, port)
    this.#running.push(far)
    // For the whole life of a loser too: its end is nobody's business.
    far.socket.on('error', (error) => this.#lose(far, error))
    far.socket.on('connect', () => this.#end(far))
    if (this.#startedCount < this.#addresses.length) this.#pause = setTimeout(this.#startNext, ATTEMPT_DELAY_MS)
  }

  #lose(far: FarSide, error: unknown): void {
    if (this.#isOver) return
    this.#running = this.#running.filter((other) => other !== far)
    this.#failure ??= toDialError(error)
    this.#startNext()
  }

  #end(won: FarSide | undefined): void {
    if (this.#isOver) return
    this.#isOver = true
    clearTimeout(this.#deadline)
    clearTimeout(this.#pause)
    this.#dial.client.off('close', this.#abandon)
    for (const other of this.#running) if (other !== won) other.socket.destroy()
    this.#running = []
    this.#settle(won ?? this.#failure ?? new DialError({ failure: 'ETIMEDOUT' }))
  }
}
