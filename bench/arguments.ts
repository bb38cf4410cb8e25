import { resolve } from 'node:path'
import { parseArgs } from 'node:util'

export interface BenchArguments {
  readonly isQuick: boolean
  readonly rounds: number
  /** Row ids start with one of these; empty means all. */
  readonly only: readonly string[]
  readonly jsonFile: string | undefined
  readonly isWriting: boolean
  /** Another dist directory, absolute, to be measured beside ours: the judge of a change. */
  readonly against: string | undefined
}

/** Reads the command line. Throws a sentence when it is wrong. */
export function parseBenchArguments(args: readonly string[]): BenchArguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      only: { type: 'string', multiple: true, default: [] },
      json: { type: 'string' },
      against: { type: 'string' },
      write: { type: 'boolean', default: false },
    },
  })
  const rounds = Number(values.rounds ?? (values.quick ? 1 : 4))
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new Error(`--rounds must be a whole number above 0, not ${values.rounds}`)
  const against = values.against === undefined ? undefined : resolve(values.against)
  if (values.write && (values.quick || values.only.length > 0))
    throw new Error('--write needs a whole run: no --quick, no --only')
  return { isQuick: values.quick, rounds, only: values.only, jsonFile: values.json, isWriting: values.write, against }
}
