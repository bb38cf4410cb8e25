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

/** Rounds interleave all contenders row by row, so that a ratio compares neighbours in time. */
export async function runRounds(plan: RoundsPlan): Promise<Results> {
  const results: Results = new Map(plan.rows.map((row) => [row.id, []]))
  for (let round = 1; round <= plan.rounds; round++) {
    for (const row of plan.rows) {
      plan.say(`round ${round} of ${plan.rounds}: ${row.title}`)
      results.get(row.id)?.push(await runContenders(row, plan))
    }
  }
  return results
}

async function runContenders(row: LoadRow, plan: RoundsPlan): Promise<Map<string, Sample>> {
  const samples = new Map<string, Sample>()
  for (const contender of plan.contenders) {
    try {
      samples.set(contender.name, await runRow(row, contender, plan.setting))
    } catch (error) {
      plan.say(`  ${contender.name} failed in ${row.id}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  return samples
}
