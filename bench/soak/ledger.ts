import { KINDS, type Kind, type KindName } from './kinds.ts'
import type { Sighting } from './shot.ts'

interface Booking {
  readonly kind: KindName
  /** The worker was killed while it was under way. */
  mayBreak: boolean
  sighting: Sighting | undefined
  endedAt: number
}

/** What is asked of a request that met the end of a worker: never a wrong answer that looks whole, anything else may be. */
const BROKEN = ['cut', 'error']

/** Books every request from its start to its one outcome. */
export class Ledger {
  readonly #bookings = new Map<string, Booking>()
  #isKilling = false
  #underWay = new Set<Booking>()

  begin(id: string, kind: KindName): void {
    const booking: Booking = { kind, mayBreak: this.#isKilling, sighting: undefined, endedAt: 0 }
    this.#bookings.set(id, booking)
    this.#underWay.add(booking)
  }

  end(id: string, sighting: Sighting): void {
    const booking = this.#bookings.get(id)
    if (booking === undefined) throw new Error(`${id} ends and has never begun`)
    booking.sighting = sighting
    booking.endedAt = performance.now()
    this.#underWay.delete(booking)
  }

  /** From here on, until {@link killed}, whatever is under way may break. */
  killing(): void {
    this.#isKilling = true
    for (const booking of this.#underWay) booking.mayBreak = true
    // Its log line may have been in the buffer of the worker.
    const now = performance.now()
    for (const booking of this.#bookings.values()) if (now - booking.endedAt < LOG_DELAY_MS) booking.mayBreak = true
  }

  killed(): void {
    this.#isKilling = false
  }

  get size(): number {
    return this.#bookings.size
  }

  count(): Readonly<Record<string, Readonly<Record<Sighting, number>>>> {
    const counts: Record<string, Record<Sighting, number>> = {}
    for (const { kind, sighting = 'LOST', mayBreak } of this.#bookings.values()) {
      const row = counts[kind] ?? {}
      counts[kind] = row
      const name = mayBreak && BROKEN.includes(sighting) ? 'broken by a kill' : sighting
      row[name] = (row[name] ?? 0) + 1
    }
    return counts
  }

  /** Requests without an outcome, or with one that their kind does not allow. */
  findWrong(): readonly string[] {
    return [...this.#bookings].flatMap(([id, { kind, sighting, mayBreak }]) => {
      if (sighting === undefined) return [`${id} (${kind}) has no outcome`]
      const isRight = sighting === KINDS[kind].expected || (mayBreak && BROKEN.includes(sighting))
      return isRight ? [] : [`${id} (${kind}): ${sighting}`]
    })
  }

  /** Requests that the upstream served more often, or less often, than it should have. */
  findMiscounted(served: ReadonlyMap<string, number>): readonly string[] {
    return this.#findOutside(
      (id) => served.get(id) ?? 0,
      ({ arrivals }) => arrivals,
      'times upstream',
    )
  }

  /** Requests without their one line in the access log. */
  findUnlogged(lines: ReadonlyMap<string, number>): readonly string[] {
    return this.#findOutside(
      (id) => lines.get(id) ?? 0,
      () => [1, 1],
      'lines in the log',
    )
  }

  #findOutside(
    count: (id: string) => number,
    bounds: (kind: Kind) => readonly [number, number],
    what: string,
  ): readonly string[] {
    return [...this.#bookings].flatMap(([id, { kind, mayBreak }]) => {
      const [least, most] = bounds(KINDS[kind])
      const found = count(id)
      return found <= most && (found >= least || mayBreak) ? [] : [`${id} (${kind}): ${found} ${what}`]
    })
  }
}

/** Longer than the worker keeps a line in memory. */
const LOG_DELAY_MS = 500
