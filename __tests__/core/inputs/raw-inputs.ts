import type { Fault } from '../../../src/core/fault.ts'
import type { Inputs } from '../../../src/core/inputs/inputs.ts'
import { parseInputs } from '../../../src/core/inputs/parse-inputs.ts'

/** Shapes of real secrets; none of them was ever issued. */
export const KEYS = {
  openai: 'sk-proj-Q7zR4mXw2LpT9vKd6sNhY3bFgC8jE1aU',
  anthropic: 'sk-ant-api03-Q7zR4mXw2LpT9vKd6sNhY3bFgC8jE1aU',
  google: 'AIzaQ7zR4mXw2LpT9vKd6sNhY3bFgC8jE1aU',
  fineGrained: 'github_pat_Q7zR4mXw2LpT9vKd6sNhY3bFgC8jE1aU',
  installation: 'ghs_Q7zR4mXw2LpT9vKd6sNhY3bFgC8jE1aU',
  oauth: 'gho_Q7zR4mXw2LpT9vKd6sNhY3bFgC8jE1aU',
} as const

export type RawInputs = Readonly<Record<string, string>>

const DOTCOM: RawInputs = { 'github-server-url': 'https://github.com', 'github-api-url': 'https://api.github.com' }

const RUNNER = new Map(Object.entries(DOTCOM))

/** Parses as in a job on github.com; the given inputs replace the runner's. */
export function parse(raw: RawInputs) {
  return parseInputs(new Map(Object.entries({ ...DOTCOM, ...raw })), RUNNER)
}

/** The parsed inputs and notices; throws when there are faults. */
export function accept(raw: RawInputs): { readonly inputs: Inputs; readonly notices: readonly string[] } {
  const result = parse(raw)
  if (result.kind === 'faults') throw new Error(JSON.stringify(result.faults))
  return result
}

/** The faults; throws when there are none. */
export function refuse(raw: RawInputs): readonly Fault[] {
  const result = parse(raw)
  if (result.kind === 'ok') throw new Error('the inputs were accepted')
  return result.faults
}

/** Inputs and codes of the faults, for comparison. */
export function summarize(faults: readonly Fault[]): string[] {
  return faults.map((fault) => `${fault.input ?? ''} ${fault.code}`)
}
