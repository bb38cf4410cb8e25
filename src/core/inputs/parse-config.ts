import { describeText } from '../describe-text.ts'
import type { Fault } from '../fault.ts'
import { normalizeText, suggestInputs } from './given-inputs.ts'
import type { InputKind } from './input-row.ts'
import { INPUTS, type InputName, isInputName } from './input-table.ts'
import { isYamlList, parseYamlMapping, type YamlEntry, type YamlList, type YamlPlace } from './yaml-mapping.ts'

const MAX_LENGTH = 262_144

/** An input that came from `config`, and where it stands there. */
export interface ConfigValue {
  readonly text: string
  readonly place: YamlPlace
  /** Where each line of the text stands, when it was written as a list. */
  readonly lines?: readonly YamlPlace[]
}

/**
 * True when `config` holds the path of a file instead of the mapping itself: one line that no mapping could be. The action
 * reads the file and hands its text to the parser.
 */
export function isConfigPath(text: string): boolean {
  const line = text.trim()
  return line !== '' && !/[\r\n]/.test(line) && !/^[{[]|:(\s|$)/.test(line)
}

/**
 * Reads `config`: a mapping of input names to values, in the order written. Values stand as texts exactly as in `with:`, or as a
 * list where an input takes several; an unknown name is a fault with line, column and the names nearest to it.
 */
export function parseConfig(text: string, faults: Fault[]): ReadonlyMap<InputName, ConfigValue> {
  const values = new Map<InputName, ConfigValue>()
  if (text.length > MAX_LENGTH) {
    faults.push(createConfigFault(`the text has ${text.length} characters`, undefined, `Keep it under ${MAX_LENGTH}.`))
    return values
  }
  const mapping = parseYamlMapping(text)
  if (mapping.kind === 'faults') {
    for (const { problem, place } of mapping.faults) faults.push(createConfigFault(problem, place, YAML_FIX))
    return values
  }
  for (const entry of mapping.entries) readEntry(entry, values, faults)
  return values
}

const YAML_FIX = 'Write one `name: value` per line; quote values that hold a colon, a number sign or braces.'

function readEntry(entry: YamlEntry, values: Map<InputName, ConfigValue>, faults: Fault[]): void {
  const { key, value, place } = entry
  if (!isInputName(key) || key === 'config') {
    faults.push(createConfigFault(`${describeText(key)} is not the name of an input`, place, suggestInputs(key)))
    return
  }
  const isList = isYamlList(value)
  const text = typeof value === 'string' ? value : isList ? renderList(key, value, faults) : renderHeaders(key, value)
  if (text === undefined) {
    faults.push(createConfigFault(`${key} is a ${isList ? 'list' : 'mapping'}, not a value`, place, YAML_FIX))
    return
  }
  const normal = normalizeText(key, text)
  if (normal === undefined) return
  values.set(key, { text: normal, place, ...(isList ? { lines: value.items.map((item) => item.place) } : {}) })
}

/** Kinds of inputs that hold several entries, which may stand in lines. */
const LIST_KINDS: ReadonlySet<InputKind> = new Set(['list', 'rules', 'networks'])

/** One entry per line, as in the text; the arguments of a program as the JSON array that its parser reads. */
function renderList(key: InputName, { items }: YamlList, faults: Fault[]): string | undefined {
  const texts = items.map((item) => item.text)
  const { kind } = INPUTS[key]
  if (kind === 'command') return JSON.stringify(texts)
  if (!LIST_KINDS.has(kind)) return undefined
  for (const { text, place } of items) {
    // In the text form it would be a comment: an entry must not vanish because of how it was written.
    if (text.startsWith('#')) faults.push(createConfigFault(`an entry of ${key} begins with #`, place, YAML_FIX))
  }
  return texts.join('\n')
}

// Headers are the one input that is a mapping itself; JSON is YAML too, so its parser reads them again as they are.
function renderHeaders(key: InputName, entries: Exclude<YamlEntry['value'], string | YamlList>): string | undefined {
  if (key !== 'provider-headers' || entries.some((entry) => typeof entry.value !== 'string')) return undefined
  return JSON.stringify(Object.fromEntries(entries.map((entry) => [entry.key, entry.value])))
}

function createConfigFault(problem: string, place: YamlPlace | undefined, fix: string): Fault {
  const where = place === undefined ? '' : ` in ${renderPlace(place)}`
  return {
    code: 'config-invalid',
    input: 'config',
    title: 'config is not usable',
    message: `Cannot read config: ${problem}${where}.`,
    fix,
  }
}

/** `line 3, column 5`. */
export function renderPlace({ line, column }: YamlPlace): string {
  return `line ${line}, column ${column}`
}
