import { parseArgs } from 'node:util'

export interface FuzzArguments {
  /** For each target. */
  readonly seconds: number
  /** Empty: all of them. */
  readonly targets: readonly string[]
  readonly seed: number
  /** Stops after so many inputs of a target, however long they take: to see a failure again. */
  readonly inputs: number | undefined
}

const MOST_SEED = 2 ** 32 - 1

/**
 * Reads the command line of `npm run fuzz`.
 * @param randomSeed what is used where none is given.
 * @throws Error with a sentence for whatever is no argument.
 */
export function parseFuzzArguments(words: readonly string[], randomSeed: number): FuzzArguments {
  const { values } = parseArgs({
    args: [...words],
    options: {
      seconds: { type: 'string', default: '60' },
      target: { type: 'string', multiple: true, default: [] },
      seed: { type: 'string', default: String(randomSeed) },
      inputs: { type: 'string' },
    },
  })
  return {
    seconds: parseNumber('--seconds', values.seconds, 86_400),
    targets: values.target.flatMap((names) => names.split(',')),
    seed: parseNumber('--seed', values.seed, MOST_SEED),
    inputs: values.inputs === undefined ? undefined : parseNumber('--inputs', values.inputs, Number.MAX_SAFE_INTEGER),
  }
}

function parseNumber(name: string, text: string, most: number): number {
  const number = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN
  if (!(number <= most)) throw new Error(`${name} needs a whole number up to ${most}, not ${text}`)
  return number
}
