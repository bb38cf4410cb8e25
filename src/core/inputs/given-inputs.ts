import { describeText } from '../describe-text.ts'
import type { Fault } from '../fault.ts'
import { findNearestModels } from '../probes/find-nearest-models.ts'
import { INPUT_NAMES, INPUTS, type InputKind, type InputName, type InputRow, isInputName } from './input-table.ts'

/** The inputs that differ from their default, as texts. A secret stands exactly as given; other texts are trimmed. */
export type GivenInputs = ReadonlyMap<InputName, string>

/** What every parser of one concern gets: where to read, and where to put all that is wrong or worth a word. */
export interface ParseContext {
  readonly given: GivenInputs
  readonly faults: Fault[]
  readonly notices: string[]
}

/** Text of an input, or its default. */
export function readInput(given: GivenInputs, name: InputName): string {
  return given.get(name) ?? INPUTS[name].default
}

// White space around these could be part of what is wrong with them, so it is not taken away.
const UNTRIMMED: ReadonlySet<InputKind> = new Set(['secret', 'secret-url', 'headers', 'config'])

/**
 * What counts as given for one input: undefined for its default and for the empty text of an input that has none. The empty
 * text of an input with a default is kept: it comes from an expression without a value, and the parser refuses it.
 */
export function normalizeText(name: InputName, text: string): string | undefined {
  const row: InputRow = INPUTS[name]
  const value = UNTRIMMED.has(row.kind) ? text : text.trim()
  if (value === row.default) return undefined
  return row.default === '' && value.trim() === '' ? undefined : value
}

/** Collects the inputs given directly; a name that is no input is a fault with the names that are nearest to it. */
export function collectGiven(raw: ReadonlyMap<string, string>, faults: Fault[]): Map<InputName, string> {
  const given = new Map<InputName, string>()
  for (const [name, text] of raw) {
    if (!isInputName(name)) {
      faults.push(renderUnknownInput(name))
      continue
    }
    const value = normalizeText(name, text)
    if (value !== undefined) given.set(name, value)
  }
  return given
}

/** Sentence with the inputs that a mistyped name probably meant. */
export function suggestInputs(name: string): string {
  const nearest = findNearestModels(name, INPUT_NAMES)
  return nearest.length === 0 ? 'The README lists all inputs.' : `Probably meant: ${nearest.join(', ')}.`
}

function renderUnknownInput(name: string): Fault {
  return {
    code: 'input-invalid',
    input: name,
    title: 'There is no such input',
    message: `Cannot use an input that does not exist: found ${describeText(name)}.`,
    fix: suggestInputs(name),
  }
}
