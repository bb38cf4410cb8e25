import { describeText } from '../describe-text.ts'
import type { Fault } from '../fault.ts'
import { deriveEditDistance, findNearestModels } from '../probes/find-nearest-models.ts'
import type { InputKind, InputRow } from './input-row.ts'
import { INPUT_NAMES, INPUTS, type InputName, isInputName } from './input-table.ts'

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

/**
 * Collects the inputs given directly. A name that is almost an input is a fault; any other is only told, because the runner's
 * variables for inputs (`INPUT_…`) are open to everyone who sets variables in the job.
 */
export function collectGiven(
  raw: ReadonlyMap<string, string>,
  context: Omit<ParseContext, 'given'>,
): Map<InputName, string> {
  const given = new Map<InputName, string>()
  for (const [name, text] of raw) {
    if (!isInputName(name)) {
      if (isMisspelled(name)) context.faults.push(renderUnknownInput(name))
      else context.notices.push(`There is no input ${describeText(name)}; it is not used.`)
      continue
    }
    const value = normalizeText(name, text)
    if (value !== undefined) given.set(name, value)
  }
  return given
}

/** Edits that still make a name a misspelling: one for short names, which are near to many words (`todo` is not `sudo`). */
const MOST_EDITS = { short: 1, usual: 2 } as const
const SHORT_NAME = 6

function isMisspelled(name: string): boolean {
  if (name.length > 40) return false
  const spelled = name.toLowerCase().replaceAll(/[_ .]/g, '-')
  return INPUT_NAMES.some(
    (known) => deriveEditDistance(spelled, known) <= MOST_EDITS[known.length <= SHORT_NAME ? 'short' : 'usual'],
  )
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
