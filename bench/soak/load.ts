import { setTimeout as pause } from 'node:timers/promises'
import { createSeededRandom } from '../../__tests__/support/seeded-random.ts'
import { KINDS, type Kind, type KindName } from './kinds.ts'
import type { Ledger } from './ledger.ts'
import type { Shot } from './shot.ts'

export interface LoadOptions {
  readonly seed: number
  readonly ledger: Ledger
  readonly target: Pick<Shot, 'origin' | 'headers'>
}

export interface Load {
  /** Lets what is under way come to its end. */
  stop(): Promise<void>
}

/** Clients at once, each with one request at a time and a short pause between two. */
const CLIENTS = 8
const LONGEST_PAUSE_MS = 20
/** A request without any outcome after so long is lost: it is booked as such, and the run goes on. */
const LOST_AFTER_MS = 60_000

/** Starts the mixed traffic. */
export function startLoad(options: LoadOptions): Load {
  let isStopping = false
  const clients = Array.from({ length: CLIENTS }, (_, index) => runClient(options, index, () => isStopping))
  return {
    stop: async () => {
      isStopping = true
      await Promise.all(clients)
    },
  }
}

async function runClient({ seed, ledger, target }: LoadOptions, index: number, isStopping: () => boolean) {
  const random = createSeededRandom(seed + index)
  const names = Object.entries(KINDS).flatMap(([name, { weight }]) => Array<KindName>(weight).fill(name as KindName))
  for (let count = 0; !isStopping(); count += 1) {
    const name = names[random(names.length)] ?? 'small'
    const kind: Kind = KINDS[name]
    const [least, most] = kind.sizes
    const shot: Shot = { ...target, id: `${index}-${count}`, size: least + random(most - least + 1) }
    ledger.begin(shot.id, name)
    const sighting = await Promise.race([kind.send(shot).catch(() => 'error'), lost()])
    if (sighting !== undefined) ledger.end(shot.id, sighting)
    await pause(random(LONGEST_PAUSE_MS))
  }
}

async function lost(): Promise<undefined> {
  await pause(LOST_AFTER_MS, undefined, { ref: false })
}
