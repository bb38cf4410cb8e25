import type { Fault } from '../fault.ts'
import { describeRule, RULE_PROBLEMS, type RuleProblem, type RuleProblemRow } from './rule-problems.ts'

/** Where a list comes from, for its faults. */
export interface ListContext {
  /** Name of the input. */
  readonly input: string
}

export interface ListEntry {
  /** Counted from 1. */
  readonly line: number
  readonly text: string
}

/**
 * The entries of a list: separated by line breaks and commas, without comments. A comment begins at a `#` that stands at the
 * beginning or behind white space or a comma, and takes the rest of its line, commas included.
 */
export function splitList(text: string): readonly ListEntry[] {
  return text.split(/\r\n|\n|\r/).flatMap((content, index) =>
    content
      .replace(/(^|[ \t,])#.*$/, '$1')
      .split(',')
      // Blanks and tabs only: any other white space is a fault of the entry it stands in.
      .map((part) => ({ line: index + 1, text: part.replace(/^[ \t]+|[ \t]+$/g, '') }))
      .filter((entry) => entry.text !== ''),
  )
}

/** What is wrong with one entry, in the four parts that every fault has. */
export function renderRuleFault({ input }: ListContext, { line, text }: ListEntry, problem: RuleProblem): Fault {
  const row: RuleProblemRow = RULE_PROBLEMS[problem.code]
  const detail = problem.detail === undefined ? '' : ` (${problem.detail})`
  return {
    code: 'input-invalid',
    input,
    line,
    title: `${input} is not usable`,
    message: `Cannot use line ${line} of ${input}: found ${describeRule(text)}, ${row.reason}${detail}.`,
    fix: problem.fix ?? row.fix,
  }
}
