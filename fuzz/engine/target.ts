import type { Dice } from './dice.ts'

/** One parser under test, with what it must hold for every input. */
export interface Target {
  readonly name: string
  /** What is read, for the table of figures. */
  readonly reads: string
  /** Valid and nearly valid inputs to begin with. */
  readonly seeds: readonly Buffer[]
  /** Pieces that mean something to the parser; mutations throw them in. */
  readonly words: readonly (string | Buffer)[]
  /** Makes a valid or nearly valid input. */
  readonly generate: (dice: Dice) => Buffer
  /**
   * Runs the parser and its oracles. The input is a copy, which may be overwritten. The same input and dice give the same result.
   * @returns a short word for what became of the input. An input with a new word is kept and mutated further.
   * @throws Violation for what must never be; any other error counts as one, too.
   */
  readonly check: (input: Buffer, dice: Dice) => string | Promise<string>
  /** Words that a run has to come across: a target that refuses everything tests nothing. */
  readonly mustReach: readonly string[]
}

/** Something that must never be. `rule` is the same for every input that breaks it; `detail` is about this one. */
export class Violation extends Error {
  readonly rule: string

  constructor(rule: string, detail = '') {
    super(detail === '' ? rule : `${rule}: ${detail}`)
    this.name = 'Violation'
    this.rule = rule
  }
}

export function demand(condition: boolean, rule: string, detail: () => string = () => ''): void {
  if (!condition) throw new Violation(rule, detail())
}

/** Demands that two values are the same, as JSON. */
export function demandEqual(actual: unknown, expected: unknown, rule: string): void {
  const [left, right] = [renderValue(actual), renderValue(expected)]
  if (left !== right) throw new Violation(rule, `${left.slice(0, 600)} is not ${right.slice(0, 600)}`)
}

function renderValue(value: unknown): string {
  return JSON.stringify(value, (_key, part) => (typeof part === 'bigint' ? String(part) : part)) ?? 'undefined'
}

/** The rule that an error breaks. */
export function ruleOf(error: unknown): string {
  if (error instanceof Violation) return error.rule
  return error instanceof Error ? `unexpected ${error.name}: ${error.message.slice(0, 80)}` : 'unexpected value thrown'
}
