import { once } from 'node:events'
import { DialError, toDialError } from './dial-error.ts'
import { createFarSide, createFarStream, type FarSide } from './far-side.ts'

/** How long one address may keep the next one waiting (RFC 8305 §5). */
const ATTEMPT_DELAY_MS = 250
const TOTAL_MS = 20_000

export interface DialOptions {
  readonly port: number
  readonly signal: AbortSignal
  /** The caller reads the socket as a stream instead of through a reader. */
  readonly isStream: boolean
}

/**
 * Connects to the first of some addresses that answers: each starts when the one before has failed or has taken its time.
 * @throws DialError with the code of the first that failed, or ETIMEDOUT
 */
export async function dialAddresses(addresses: readonly string[], dial: DialOptions): Promise<FarSide> {
  const [only] = addresses
  if (only === undefined) throw new DialError({ reason: 'unresolvable' })
  const race = createRace(dial)
  const timer = setTimeout(race.abandon, TOTAL_MS)
  dial.signal.addEventListener('abort', race.abandon)
  if (dial.signal.aborted) race.abandon()
  try {
    for (const address of addresses.slice(0, -1)) await Promise.race([race.start(address), pause(), race.over])
    void race.start(addresses.at(-1) ?? only)
    race.close()
    return await race.winner
  } finally {
    clearTimeout(timer)
    dial.signal.removeEventListener('abort', race.abandon)
  }
}

interface Race {
  /** Ends when this attempt has failed or won; never throws. */
  start(address: string): Promise<void>
  /** No further attempts come. */
  close(): void
  abandon(): void
  readonly winner: Promise<FarSide>
  readonly over: Promise<void>
}

function createRace({ port, isStream }: DialOptions): Race {
  const { promise: winner, resolve, reject } = Promise.withResolvers<FarSide>()
  const running = new Set<FarSide>()
  let [isOver, isClosed] = [false, false]
  let failure: DialError | undefined
  const end = (won: FarSide | undefined): void => {
    if (isOver) return
    isOver = true
    for (const other of running) if (other !== won) other.socket.destroy()
    if (won === undefined) reject(failure ?? new DialError({ failure: 'ETIMEDOUT' }))
    else resolve(won)
  }
  const start = async (address: string): Promise<void> => {
    if (isOver) return
    const far = isStream ? createFarStream(address, port) : createFarSide(address, port)
    running.add(far)
    // For the whole life of a loser too: its end is nobody's business.
    far.socket.on('error', () => undefined)
    try {
      await once(far.socket, 'connect')
      end(far)
    } catch (error) {
      running.delete(far)
      failure ??= toDialError(error)
      if (isClosed && running.size === 0) end(undefined)
    }
  }
  return {
    start,
    close: () => {
      isClosed = true
      if (running.size === 0) end(undefined)
    },
    abandon: () => end(undefined),
    winner,
    over: winner.then(
      () => undefined,
      () => undefined,
    ),
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ATTEMPT_DELAY_MS))
}
