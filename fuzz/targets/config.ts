import type { Fault } from '../../src/core/fault.ts'
import { normalizeText } from '../../src/core/inputs/given-inputs.ts'
import { INPUT_NAMES, isInputName } from '../../src/core/inputs/input-table.ts'
import { parseConfig } from '../../src/core/inputs/parse-config.ts'
import type { Dice } from '../engine/dice.ts'
import { demand, demandEqual, type Target } from '../engine/target.ts'

const SEEDS = [
  'openai-model: gpt-5\nvalidate: strict\n',
  'allowed-domains:\n  - example.com\n  - "*.example.org"\n',
  'provider-headers:\n  x-a: b\n',
  'openai-model: a # comment\n',
  'a: &x 1\nb: *x\n',
  '{"openai-model":"gpt","validate":"off"}',
  '---\nvalidate: off\n...\n---\nvalidate: warn\n',
]

/** The text of `config`. */
export function createConfigTarget(parse: typeof parseConfig = parseConfig): Target {
  return {
    name: 'config',
    reads: 'the configuration in YAML',
    seeds: SEEDS.map((text) => Buffer.from(text)),
    words: [
      ...INPUT_NAMES,
      ...SEEDS,
      ': ',
      '\n  - ',
      '? ',
      '|\n  ',
      '>\n  ',
      '!!str ',
      '&a ',
      '*a',
      '<<: ',
      '"',
      "'",
      '#',
      ' #',
      '\t',
      '[',
      ']',
      '{',
      '}',
      '\u2028',
      '\ufeff',
      '%YAML 1.1\n',
      '\r',
      '\\x41',
      '__proto__: 1\n',
    ],
    generate: generateConfig,
    mustReach: ['values', 'faults', 'as JSON', 'empty'],
    check: (input) => {
      const text = input.toString('utf8')
      const faults: Fault[] = []
      const values = parse(text, faults)
      const lines = text.split(/\r\n|\n|\r/)
      for (const { message } of faults) checkPlaces(message, lines)
      for (const { place } of values.values()) checkPlace(place.line, place.column, lines)
      demand(faults.length <= 21, 'there are not more faults than one reads', () => String(faults.length))
      const json = readFlat(text)
      if (json !== undefined && faults.length === 0) {
        const expected = json.flatMap(([name, value]) => {
          const normal = isInputName(name) ? normalizeText(name, value) : undefined
          return normal === undefined ? [] : [[name, normal] as const]
        })
        demandEqual(
          [...values].map(([name, { text: value }]) => [name, value]),
          expected,
          'JSON is read as JSON',
        )
        return 'as JSON'
      }
      if (faults.length > 0) return 'faults'
      checkAgain(values, parse)
      return values.size > 0 ? 'values' : 'empty'
    },
  }
}

type Values = ReturnType<typeof parseConfig>

/** Values that were read stand for the same when they are written down again in quotes. */
function checkAgain(values: Values, parse: typeof parseConfig): void {
  const flat = [...values].map(([name, { text }]) => [name, text] as const)
  const faults: Fault[] = []
  const again = parse(JSON.stringify(Object.fromEntries(flat)), faults)
  demandEqual(
    [[...again].map(([name, { text }]) => [name, text]), faults],
    [flat, []],
    'values that are written in quotes read back the same',
  )
}

function checkPlaces(message: string, lines: readonly string[]): void {
  for (const [, line, column] of message.matchAll(/line (\d+), column (\d+)/g))
    checkPlace(Number(line), Number(column), lines)
}

function checkPlace(line: number, column: number, lines: readonly string[]): void {
  const isThere = line >= 1 && line <= lines.length && column >= 1
  demand(isThere, 'a place lies in the text', () => `line ${line}, column ${column} of ${lines.length} lines`)
}

/** The members of a JSON object whose values are all texts. */
function readFlat(text: string): readonly (readonly [string, string])[] | undefined {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
    const entries = Object.entries(value)
    return entries.every((entry): entry is [string, string] => typeof entry[1] === 'string') ? entries : undefined
  } catch {
    return undefined
  }
}

const SCALARS = [
  'a',
  '"a b"',
  "'it''s'",
  'yes',
  '012',
  '1e3',
  '~',
  '',
  '"\\u0041\\n"',
  '|\n  x\n  y',
  'a: b',
  '[a, b]',
  '{x: y}',
  'a #b',
  'a#b',
  '\u00e9',
  '*a',
  '&a b',
]

function generateConfig(dice: Dice): Buffer {
  const names = Array.from({ length: 1 + dice.below(5) }, () => dice.pick(INPUT_NAMES))
  if (dice.chance(3))
    return Buffer.from(JSON.stringify(Object.fromEntries(names.map((name) => [name, dice.pick(SCALARS)]))))
  const lines = names.map((name) => {
    if (dice.chance(5)) return `${name}:\n${dice.pick(['- ', '  - '])}${dice.pick(SCALARS)}\n  - ${dice.pick(SCALARS)}`
    return `${dice.chance(8) ? `"${name}"` : name}:${dice.pick([' ', ' ', '  ', '\t', ''])}${dice.pick(SCALARS)}`
  })
  return Buffer.from(`${lines.join(dice.pick(['\n', '\n', '\r\n']))}\n`)
}
