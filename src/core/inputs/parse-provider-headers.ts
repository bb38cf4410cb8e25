import type { ParseContext } from './given-inputs.ts'
import { findHeaderNameProblem, findHeaderValueProblem } from './header-rules.ts'
import { createInputFault } from './input-fault.ts'
import { parseYamlMapping } from './yaml-mapping.ts'

const INPUT = 'provider-headers'
/** More than any server takes as the head of one request. */
const MAX_LENGTH = 32_768

const NEEDED = 'one header per line as Name: value'

interface HeaderLine {
  readonly name: string
  readonly value: string
  readonly line: number
}

/**
 * Reads `provider-headers`: a YAML mapping, or lines of `Name: value` where YAML cannot read them (values with a colon or other
 * characters that YAML gives a meaning).
 * @returns lower-case names to values; empty when there are none or a fault was recorded.
 */
export function parseProviderHeaders(context: ParseContext): ReadonlyMap<string, string> {
  const headers = new Map<string, string>()
  const text = context.given.get(INPUT)
  if (text === undefined) return headers
  if (text.length > MAX_LENGTH) return refuse(context, `a text of ${text.length} characters`)
  const lines = parseAsYaml(text) ?? parseAsLines(text)
  for (const { name, value, line } of typeof lines === 'number' ? [] : lines) {
    const lower = name.toLowerCase()
    const problem = findProblem(name, value) ?? (headers.has(lower) ? 'the same header twice' : undefined)
    if (problem !== undefined) return refuse(context, `${problem} in line ${line}`)
    headers.set(lower, value)
  }
  return typeof lines === 'number' ? refuse(context, `something else in line ${lines}`) : headers
}

function refuse(context: ParseContext, found: string): ReadonlyMap<string, string> {
  const fix = 'Write for example `x-team: blue`; keys belong into provider-api-key.'
  context.faults.push(createInputFault(INPUT, { found, needed: NEEDED, fix }))
  return new Map()
}

function findProblem(name: string, value: string): string | undefined {
  return findHeaderNameProblem(name, 'extra') ?? findHeaderValueProblem(value)
}

function parseAsYaml(text: string): readonly HeaderLine[] | undefined {
  const mapping = parseYamlMapping(text)
  if (mapping.kind === 'faults') return undefined
  const lines: HeaderLine[] = []
  for (const { key, value, place } of mapping.entries) {
    if (typeof value !== 'string') return undefined
    lines.push({ name: key, value, line: place.line })
  }
  return lines
}

/** @returns the headers, or the number of the first line that is none. */
function parseAsLines(text: string): readonly HeaderLine[] | number {
  const lines: HeaderLine[] = []
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    if (raw.trim() === '') continue
    const [, name = '', text = ''] = /^[ \t]*([^:\s]+):(.*)$/.exec(raw) ?? []
    const value = text.trim()
    // Quotes mean something in YAML only; as part of a plain line they would be sent.
    if (name === '' || /^(".*"|'.*')$/.test(value)) return index + 1
    lines.push({ name, value, line: index + 1 })
  }
  return lines
}
