import type { TokenUsage } from '../../src/core/events.ts'
import type { UsageMeter } from '../../src/core/usage/usage-meter.ts'
import type { Dice } from '../engine/dice.ts'
import { demand } from '../engine/target.ts'

const COUNTS = [0, 1, 17, 4096, -1, 1.5, null, '7', 2 ** 31, Number.MAX_SAFE_INTEGER, 1e300]
const SHAPES = [
  ['prompt_tokens', 'completion_tokens'],
  ['input_tokens', 'output_tokens', 'cache_read_input_tokens', 'cache_creation_input_tokens'],
  [
    'promptTokenCount',
    'candidatesTokenCount',
    'thoughtsTokenCount',
    'cachedContentTokenCount',
    'toolUsePromptTokenCount',
  ],
  ['inputTokens', 'outputTokens', 'cacheReadInputTokens'],
]

export const USAGE_WORDS: readonly string[] = [
  ...[
    '"usage":',
    '"usage": {',
    '"usageMetadata":{',
    '"model":"m-1"',
    '"modelVersion":"g"',
    '"usage":null',
    '"usage"',
    '{',
    '}',
    '[',
    ']',
  ],
  ...[
    '"',
    '\\"',
    '\\',
    '\\u0075',
    ':',
    ',',
    'null',
    '1e999',
    '-0',
    '\n',
    '\r',
    '\r\n',
    '\n\n',
    'data:',
    'data: ',
    '\ufeff',
    'event: x\n',
  ],
  ...['{"usage":{"input_tokens":1}}', '"type":"response.completed"', '"response":{', '"message":{'],
]

/** A usage object of some API, with a count here and there that is none. */
export function generateUsage(dice: Dice): Record<string, unknown> {
  const names = dice.pick(SHAPES)
  const usage: Record<string, unknown> = Object.fromEntries(names.map((name) => [name, dice.pick(COUNTS)]))
  if (dice.chance(4)) usage.prompt_tokens_details = { cached_tokens: dice.pick(COUNTS) }
  return usage
}

/** One event or answer of some API. */
export function generateEvent(dice: Dice): Record<string, unknown> {
  const event: Record<string, unknown> = {}
  if (dice.chance(2)) event.model = dice.pick(['m-1', 'bad name', 7, ''])
  event.choices = [{ delta: { content: dice.pick(['hello', '"usage":{"input_tokens":9}', 'a\u2028b', '\\', '{}}']) } }]
  const usage = dice.chance(2) ? generateUsage(dice) : null
  const place = dice.below(4)
  if (place === 0) event.usage = usage
  if (place === 1) event.usageMetadata = usage
  if (place === 2) event.response = { model: 'inner', usage }
  if (place === 3) event.message = { usage, model: 'inner' }
  if (dice.chance(3)) event.type = dice.pick(['response.completed', 'message_delta', 'response.failed', 'x'])
  return event
}

/** Figures can be added, printed and read again, whatever an upstream says. */
export function checkFigures(usage: TokenUsage | undefined): void {
  for (const figure of Object.values(usage ?? {})) {
    demand(Number.isSafeInteger(figure) && figure >= 0, 'a figure is a whole number that is not negative', () =>
      JSON.stringify(usage),
    )
  }
}

export interface Figures {
  readonly usage: TokenUsage | undefined
  readonly model: string | undefined
}

/** What a meter says about a body that comes in these pieces. */
export function measure(meter: UsageMeter, pieces: readonly Buffer[]): Figures {
  for (const piece of pieces) meter.push(piece)
  meter.end()
  return { usage: meter.usage, model: meter.model }
}
