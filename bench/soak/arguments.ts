import { parseArgs } from 'node:util'

export interface SoakArguments {
  readonly minutes: number
  /** The same seed gives the same requests in the same order, as far as the machine's timing lets it. */
  readonly seed: number
}

const DEFAULT_MINUTES = 10
const LONGEST_MINUTES = 24 * 60

/** Reads the command line. @throws a sentence when it is wrong. */
export function parseSoakArguments(args: readonly string[], createSeed: () => number): SoakArguments {
  const { values } = parseArgs({
    args: [...args],
    options: { minutes: { type: 'string' }, seed: { type: 'string' } },
  })
  const minutes = Number(values.minutes ?? DEFAULT_MINUTES)
  if (!(minutes > 0 && minutes <= LONGEST_MINUTES)) {
    throw new Error(`--minutes must be above 0 and at most ${LONGEST_MINUTES}, not ${values.minutes}`)
  }
  const seed = values.seed === undefined ? createSeed() : Number(values.seed)
  if (!Number.isSafeInteger(seed)) throw new Error(`--seed must be a whole number, not ${values.seed}`)
  return { minutes, seed }
}
