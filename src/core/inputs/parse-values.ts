import { findKnownSecret } from '../credentials/secret-kind.ts'
import { describeText } from '../describe-text.ts'
import { type ParseContext, readInput } from './given-inputs.ts'
import { createInputFault } from './input-fault.ts'
import type { InputRow } from './input-row.ts'
import { INPUTS, type InputName } from './input-table.ts'

/** Inputs of the kind `enum`, with their allowed values as a type. */
type EnumInput = {
  [N in InputName]: (typeof INPUTS)[N] extends { readonly values: readonly string[] } ? N : never
}[InputName]
type EnumValue<N extends EnumInput> = (typeof INPUTS)[N]['values'][number]

/** Reads an input with a closed set of values, spelled exactly. On a fault the default is returned; the result is then unused. */
export function parseEnum<N extends EnumInput>(context: ParseContext, name: N): EnumValue<N> {
  const text = readInput(context.given, name)
  const values: readonly EnumValue<N>[] = INPUTS[name].values
  const found = values.find((value) => value === text)
  if (found !== undefined) return found
  const needed = `one of ${values.join(', ')}`
  context.faults.push(createInputFault(name, { found: describeText(text), needed, fix: renderDefaultHint(name) }))
  return INPUTS[name].default as EnumValue<N>
}

/** Reads `true` or `false` in the spellings that YAML's core schema has. */
export function parseBoolean(context: ParseContext, name: InputName): boolean {
  const text = readInput(context.given, name)
  if (/^(true|True|TRUE)$/.test(text)) return true
  if (/^(false|False|FALSE)$/.test(text)) return false
  const fix = renderDefaultHint(name)
  context.faults.push(createInputFault(name, { found: describeText(text), needed: 'true or false', fix }))
  return false
}

/** Reads a whole number within the bounds of its row; null when there is none. */
export function parseInteger(context: ParseContext, name: InputName): number | null {
  const row: InputRow = INPUTS[name]
  const text = readInput(context.given, name)
  if (text === '' && row.default === '') return null
  const value = /^(0|[1-9]\d{0,15})$/.test(text) ? Number(text) : Number.NaN
  const { min = 0, max = Number.MAX_SAFE_INTEGER } = row
  if (value >= min && value <= max) return value
  const unit = row.kind === 'seconds' ? ' of seconds' : ''
  const needed = `a whole number${unit} from ${min} to ${max} in digits`
  context.faults.push(createInputFault(name, { found: describeText(text), needed, fix: renderDefaultHint(name) }))
  return null
}

export interface TextRule {
  readonly pattern: RegExp
  readonly needed: string
}

/** Reads an optional text that must match a pattern as a whole; undefined when it is not given or not usable. */
export function parseText(context: ParseContext, name: InputName, rule: TextRule): string | undefined {
  const text = context.given.get(name)
  if (text === undefined) return undefined
  // These texts end up in logs and headers: a secret that strayed in here must not.
  const known = findKnownSecret(text)
  if (known === undefined && rule.pattern.test(text)) return text
  const found = known?.name ?? describeText(text)
  context.faults.push(createInputFault(name, { found, needed: rule.needed, fix: renderDefaultHint(name) }))
  return undefined
}

function renderDefaultHint(name: InputName): string {
  const value: string = INPUTS[name].default
  return value === ''
    ? `Correct ${name} or leave it out.`
    : `Correct ${name} or leave it out for the default, ${value}.`
}
