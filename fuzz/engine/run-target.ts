import { createDice, type Dice, mixSeeds } from './dice.ts'
import { type MutationStock, mutate } from './mutate.ts'
import { shrinkInput } from './shrink.ts'
import { ruleOf, type Target, Violation } from './target.ts'

export interface RunOptions {
  readonly seed: number
  /** Asked before each input. */
  readonly isOver: (iteration: number) => boolean
  /** How long a failing input may be made smaller, in milliseconds. */
  readonly shrinkMs?: number
  /** Sees each input before it is read: who watches from outside can tell which one never ended. */
  readonly onInput?: (input: Buffer, iteration: number) => void
}

export interface Failure {
  readonly rule: string
  readonly message: string
  readonly seed: number
  readonly iteration: number
  /** Seed of the dice with which the input fails. */
  readonly salt: number
  readonly input: Buffer
  readonly originalBytes: number
}

export interface RunResult {
  readonly executions: number
  readonly ms: number
  /** What became of the inputs, by how many. */
  readonly words: ReadonlyMap<string, number>
  readonly failure: Failure | undefined
}

const MOST_KEPT = 400
const LONGEST_INPUT = 256 * 1024
/** Salts that are tried on a smaller input: where it is cut decides whether it fails. */
const SALTS = 6
const SHRINK_MS = 8000
/** Processor time that no input of this size may need. */
const MOST_MS = 1500

/** Makes inputs and reads them until the time is over or one fails. A failing one is made as small as possible. */
export async function runTarget(target: Target, options: RunOptions): Promise<RunResult> {
  const start = performance.now()
  const words = new Map<string, number>()
  const kept = [...target.seeds]
  let iteration = 0
  let failure: Failure | undefined
  for (; failure === undefined && !options.isOver(iteration); iteration += 1) {
    const salt = mixSeeds(options.seed, iteration)
    const input = makeInput(target, kept, { iteration, dice: createDice(salt) })
    options.onInput?.(input, iteration)
    try {
      const word = await checkTimed(target, input, salt)
      const count = words.get(word) ?? 0
      words.set(word, count + 1)
      if (count === 0 && kept.length < MOST_KEPT) kept.push(input)
    } catch (error) {
      failure = await describeFailure(target, { input, salt, error, iteration, options })
    }
  }
  return { executions: iteration, ms: performance.now() - start, words, failure }
}

interface Making {
  readonly iteration: number
  readonly dice: Dice
}

/** The seeds come first, as they are; then what is generated, what is changed, and both. */
function makeInput(target: Target, kept: readonly Buffer[], { iteration, dice }: Making): Buffer {
  const seed = target.seeds[iteration]
  if (seed !== undefined) return seed
  const stock: MutationStock = { words: target.words, inputs: kept }
  const isGenerated = kept.length === 0 || !dice.chance(3)
  const base = isGenerated ? target.generate(dice) : dice.pick(kept)
  const input = isGenerated && dice.chance(2) ? base : mutate(base, dice, stock)
  return input.length > LONGEST_INPUT ? input.subarray(0, LONGEST_INPUT) : input
}

async function checkTimed(target: Target, input: Buffer, salt: number): Promise<string> {
  const start = performance.now()
  const result = target.check(Buffer.from(input), createDice(salt))
  const word = typeof result === 'string' ? result : await result
  if (performance.now() - start > MOST_MS) await checkSlow(target, input, salt)
  return word
}

/** On a busy machine the clock says nothing: three times the processor must have been at work for so long. */
async function checkSlow(target: Target, input: Buffer, salt: number): Promise<void> {
  let least = Number.POSITIVE_INFINITY
  for (let round = 0; round < 3; round += 1) {
    const before = process.cpuUsage()
    await target.check(Buffer.from(input), createDice(salt))
    least = Math.min(least, process.cpuUsage(before).user / 1000)
  }
  if (least > MOST_MS) throw new Violation('an input is read within bounded time', `${least} ms, ${input.length} bytes`)
}

interface Failing {
  readonly input: Buffer
  readonly salt: number
  readonly error: unknown
  readonly iteration: number
  readonly options: RunOptions
}

async function describeFailure(target: Target, failing: Failing): Promise<Failure> {
  const { input, salt, error, iteration, options } = failing
  const rule = ruleOf(error)
  let last = { salt, error }
  const stillFails = async (candidate: Buffer): Promise<boolean> => {
    const found = await findFailure(target, candidate, { rule, salt: last.salt })
    if (found !== undefined) last = found
    return found !== undefined
  }
  const smallest = await shrinkInput(input, stillFails, options.shrinkMs ?? SHRINK_MS)
  const message = last.error instanceof Error ? last.error.message : String(last.error)
  const { seed } = options
  return { rule, message, seed, iteration, salt: last.salt, input: smallest, originalBytes: input.length }
}

async function findFailure(
  target: Target,
  input: Buffer,
  { rule, salt }: { readonly rule: string; readonly salt: number },
) {
  for (let extra = 0; extra < SALTS; extra += 1) {
    const tried = extra === 0 ? salt : mixSeeds(salt, extra)
    try {
      await target.check(Buffer.from(input), createDice(tried))
    } catch (error) {
      if (ruleOf(error) === rule) return { salt: tried, error }
    }
  }
  return undefined
}

/** What to paste to see it again. */
export function renderFailure(target: Target, failure: Failure): string {
  const { input, seed, iteration, salt } = failure
  return [
    `${target.name} broke «${failure.rule}» at input ${iteration} of seed ${seed}`,
    failure.message,
    `smallest input that was found: ${input.length} of ${failure.originalBytes} bytes, salt ${salt}`,
    renderBytes(input),
    `see it again: npm run fuzz -- --target ${target.name} --seed ${seed} --inputs ${iteration + 1}`,
  ].join('\n')
}

/** As a JSON text in Latin-1, in which every byte can be seen: 0xa0 looks like a blank. */
export function renderBytes(bytes: Buffer): string {
  const text = JSON.stringify(bytes.toString('latin1'))
  return text.replace(/[^\x20-\x7e]/g, (byte) => `\\u00${byte.charCodeAt(0).toString(16).padStart(2, '0')}`)
}
