import {
  type Document,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Pair,
  parseDocument,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml'

/** A place in a YAML text; both count from 1. */
export interface YamlPlace {
  readonly line: number
  readonly column: number
}

export interface YamlEntry {
  readonly key: string
  /**
   * The scalar as it was written, without YAML's own reading of numbers or words; a mapping's entries one level down; or the items
   * of a list.
   */
  readonly value: string | readonly YamlEntry[] | YamlList
  readonly place: YamlPlace
}

/** A list of scalars: what belongs to one input that takes several. */
export interface YamlList {
  readonly items: readonly YamlItem[]
}

export interface YamlItem {
  readonly text: string
  readonly place: YamlPlace
}

/** True for a list of scalars; a mapping and a text are none. */
export function isYamlList(value: YamlEntry['value']): value is YamlList {
  return typeof value !== 'string' && 'items' in value
}

export interface YamlFault {
  /** A whole clause without anything of the text itself. */
  readonly problem: string
  readonly place: YamlPlace
}

export type YamlMapping =
  | { readonly kind: 'ok'; readonly entries: readonly YamlEntry[] }
  | { readonly kind: 'faults'; readonly faults: readonly YamlFault[] }

const PROBLEMS: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: 'a key stands there twice',
  TAB_AS_INDENT: 'a tab stands where spaces indent',
  BAD_INDENT: 'the indentation does not fit',
  MULTIPLE_DOCS: 'a second document begins',
  BLOCK_AS_IMPLICIT_KEY: 'a mapping stands where a plain value is expected',
  MULTILINE_IMPLICIT_KEY: 'a key runs over several lines',
  MISSING_CHAR: 'a closing character, colon or space is missing',
  BAD_ALIAS: 'an alias has no anchor',
}

interface Reading {
  readonly counter: LineCounter
  readonly faults: YamlFault[]
}

/**
 * Reads a YAML mapping of texts and of lists of texts, at most two levels deep. Scalars are taken as written (`yes`, `012`, `1e3`
 * stay texts). Aliases, tags, lists within lists and comments behind an unquoted value are faults: each could make a value something
 * else than it looks.
 */
export function parseYamlMapping(text: string): YamlMapping {
  const counter = new LineCounter()
  const document = readDocument(text.replace(LINE_BREAK, '\n'), counter)
  if (document === undefined) return { kind: 'faults', faults: [TOO_DEEP] }
  const reading: Reading = { counter, faults: [] }
  for (const error of [...document.errors, ...document.warnings]) {
    const problem = PROBLEMS[error.code] ?? 'the text is not valid YAML'
    reading.faults.push({ problem, place: findPlace(counter, error.pos[0]) })
  }
  if (reading.faults.length > 0) return { kind: 'faults', faults: reading.faults.slice(0, 1) }
  if (!isMap(document.contents)) {
    return {
      kind: 'faults',
      faults: [{ problem: 'the text is not a mapping of names to values', place: { line: 1, column: 1 } }],
    }
  }
  const entries = readEntries(reading, document.contents, 1)
  if (reading.faults.length === 0) return { kind: 'ok', entries }
  return { kind: 'faults', faults: reading.faults.slice(0, MOST_FAULTS) }
}

/** A carriage return alone is a line break too (YAML 1.2.2 §5.4), and white space to JSON; the package takes it for a part of a value. */
const LINE_BREAK = /\r\n?/g

/** Each fault becomes an annotation; a text may hold a hundred thousand. */
const MOST_FAULTS = 20

const TOO_DEEP: YamlFault = { problem: 'the text is nested too deeply', place: { line: 1, column: 1 } }

// The YAML package reads recursively: thousands of brackets end its stack, which is the text's fault, not ours.
function readDocument(text: string, lineCounter: LineCounter): Document | undefined {
  try {
    // Not `logLevel: silent`: that would drop a second document without a word.
    return parseDocument(text, { schema: 'failsafe', lineCounter, prettyErrors: false, logLevel: 'error' })
  } catch {
    return undefined
  }
}

function readEntries(reading: Reading, map: YAMLMap, depth: number): YamlEntry[] {
  return map.items.flatMap((pair) => {
    const entry = readEntry(reading, pair, depth)
    return entry === undefined ? [] : [entry]
  })
}

function readEntry(reading: Reading, pair: Pair, depth: number): YamlEntry | undefined {
  const { key, value } = pair
  if (!isScalar(key) || typeof key.value !== 'string') return refuse(reading, key, 'a key is not a plain text')
  const place = findPlace(reading.counter, key.range?.[0] ?? 0)
  if (value === null) return { key: key.value, value: '', place }
  if (isMap(value)) {
    if (depth > 1) return refuse(reading, key, 'the mapping is too deep')
    return { key: key.value, value: readEntries(reading, value, depth + 1), place }
  }
  if (isSeq(value) && depth === 1) return { key: key.value, value: { items: readItems(reading, value) }, place }
  if (!isScalar(value)) return refuse(reading, key, 'the value is a list or an alias, not a text')
  if (hasTrailingComment(value)) return refuse(reading, key, COMMENT)
  return { key: key.value, value: String(value.value ?? ''), place }
}

const COMMENT = 'a comment stands behind the value: quote the value if # belongs to it'

/** Every faulty item is a fault of its own, at its own place. */
function readItems(reading: Reading, list: YAMLSeq): YamlItem[] {
  return list.items.flatMap((item) => {
    const problem = findItemProblem(item)
    if (problem !== undefined) {
      reading.faults.push({ problem, place: findPlace(reading.counter, findOffset(item, list)) })
      return []
    }
    const scalar = item as Scalar
    return [{ text: String(scalar.value), place: findPlace(reading.counter, scalar.range?.[0] ?? 0) }]
  })
}

function findItemProblem(item: unknown): string | undefined {
  if (!isScalar(item)) return 'an item of a list is no plain text'
  const text = String(item.value ?? '')
  if (text.trim() === '') return 'an item of a list is empty'
  if (/[\r\n]/.test(text)) return 'an item of a list runs over several lines'
  return hasTrailingComment(item) ? COMMENT : undefined
}

/** Where a node begins; for one that has no place, where what holds it begins. */
function findOffset(node: unknown, holder?: YAMLSeq): number {
  const range = isNode(node) ? node.range : undefined
  return range?.[0] ?? holder?.range?.[0] ?? 0
}

function hasTrailingComment(value: Scalar): boolean {
  return value.type === 'PLAIN' && typeof value.comment === 'string'
}

function refuse(reading: Reading, node: unknown, problem: string): undefined {
  reading.faults.push({ problem, place: findPlace(reading.counter, findOffset(node)) })
  return undefined
}

function findPlace(counter: LineCounter, offset: number): YamlPlace {
  const { line, col } = counter.linePos(offset)
  return { line: Math.max(line, 1), column: Math.max(col, 1) }
}
