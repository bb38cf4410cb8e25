import type { Contender } from '../contenders/contender.ts'
import { type LoadRow, type RowSetting, runRow } from './rows.ts'
import type { Results, Sample } from './samples.ts'

export interface RoundsPlan {
  readonly rows: readonly LoadRow[]
  readonly contenders: readonly Contender[]
  readonly rounds: number
  readonly setting: RowSetting
  readonly say: (text: string) => void
}

/** The whole bench stays within eight minutes: when to stop repeating, and when to start no further round. */
const LAST_RETRY_MS = 240_000
const LAST_ROUND_MS = 330_000
/** A share of foreign work up to which a sample counts as undisturbed, and how often it is worth trying again. */
const CALM = 0.08
const MAX_ATTEMPTS = 3

/** Rounds interleave all contenders row by row, so that a ratio compares neighbours in time. */
export async function runRounds(plan: RoundsPlan): Promise<Results> {
  const results: Results = new Map(plan.rows.map((row) => [row.id, []]))
  const start = performance.now()
  for (let round = 1; round <= plan.rounds; round++) {
    if (performance.now() - start > LAST_ROUND_MS) {
      plan.say(`the machine is too busy for more than ${round - 1} rounds in the time there is`)
      break
    }
    for (const row of plan.rows) {
      plan.say(`round ${round} of ${plan.rounds}: ${row.title}`)
      const maxAttempts = performance.now() - start > LAST_RETRY_MS ? 1 : MAX_ATTEMPTS
      results.get(row.id)?.push(await runContenders(row, plan, maxAttempts))
    }
  }
  return results
}

async function runContenders(row: LoadRow, plan: RoundsPlan, maxAttempts: number): Promise<Map<string, Sample>> {
  const samples = new Map<string, Sample>()
  for (const contender of plan.contenders) {
    try {
      samples.set(contender.name, await runUndisturbed(maxAttempts, () => runRow(row, contender, plan.setting)))
    } catch (error) {
      plan.say(`  ${contender.name} failed in ${row.id}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  return samples
}

/** Takes the least disturbed of a few attempts: on a machine with other work, throughput says more about that work. */
async function runUndisturbed(maxAttempts: number, take: () => Promise<Sample>): Promise<Sample> {
  let best: Sample | undefined
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const sample = await take()
    if (best === undefined || (sample.foreign ?? 0) < (best.foreign ?? 0)) best = sample
    if ((best.foreign ?? 0) <= CALM) break
  }
  return best ?? {}
}
