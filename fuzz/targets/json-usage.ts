import { findModel } from '../../src/core/usage/find-model.ts'
import { createJsonMeter } from '../../src/core/usage/json-meter.ts'
import { parseEvent } from '../../src/core/usage/parse-usage.ts'
import { cutBytes, type Dice } from '../engine/dice.ts'
import { demand, demandEqual, type Target } from '../engine/target.ts'
import { checkFigures, generateEvent, generateUsage, measure, USAGE_WORDS } from './usage-words.ts'

/** Head and tail of a body overlap up to here. */
const KEPT_WHOLE = 16 * 1024
const PRINTABLE_MODEL = /^[\w./:@+-]{1,128}$/

/** The meter of a plain JSON answer, and the search for a request's model. */
export function createJsonUsageTarget(create: typeof createJsonMeter = createJsonMeter): Target {
  return {
    name: 'json-usage',
    reads: 'JSON answers and request bodies, for tokens and model',
    seeds: [
      '{"id":"x","model":"m-1","choices":[{"message":{"content":"hi"}}],"usage":{"prompt_tokens":5,"completion_tokens":7}}',
      '[{"candidates":[]},{"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":1},"modelVersion":"g-1"}]',
      '{"stream":true,"model":"m","messages":[{"content":"{\\"model\\":\\"no\\"}"}]}',
    ].map((text) => Buffer.from(text)),
    words: USAGE_WORDS,
    generate: generateAnswer,
    mustReach: ['JSON with figures', 'JSON', 'no JSON'],
    check: (input, dice) => {
      const whole = measure(create(), [Buffer.from(input)])
      checkFigures(whole.usage)
      // Of a longer body that comes in pieces, the middle is not kept.
      const isKept = input.length <= KEPT_WHOLE
      const cut = measure(create(), cutBytes(input, dice))
      checkFigures(cut.usage)
      if (isKept) demandEqual(cut, whole, 'figures are the same however the bytes are cut')
      const model = findModel(
        input,
        dice.pick(['/v1/messages', '/v1beta/models/a%3Ab:streamGenerateContent', '/x/%E0%A4%A']),
      )
      for (const name of [model, whole.model]) {
        demand(name === undefined || PRINTABLE_MODEL.test(name), 'a model is a name that may be printed', () =>
          JSON.stringify(name),
        )
      }
      return compare(input, whole)
    },
  }
}

/** An answer of the usual shape is read as a whole JSON parser reads it. */
function compare(input: Buffer, whole: ReturnType<typeof measure>): string {
  const parsed = parseJson(input.toString('utf8'))
  if (parsed === undefined) return 'no JSON'
  const word = whole.usage === undefined ? 'JSON' : 'JSON with figures'
  // Known differences: escapes in names, a name that stands there twice, several candidates.
  const count = input.toString('latin1').split('"usage').length - 1
  if (input.includes('\\u') || count !== 1 || typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    return word
  const { usage } = parseEvent(parsed)
  if (usage !== undefined) demandEqual(whole.usage, usage, 'figures are those that a JSON parser finds')
  return word
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function generateAnswer(dice: Dice): Buffer {
  const answer = generateEvent(dice)
  if (dice.chance(3)) answer.tools = [{ arguments: { usage: generateUsage(dice), model: 'deep' } }]
  if (dice.chance(200)) answer.content = 'c'.repeat(dice.below(18_000))
  const text = JSON.stringify(dice.chance(8) ? [answer, generateEvent(dice)] : answer, null, dice.pick([0, 0, 1]))
  return Buffer.from(text)
}
