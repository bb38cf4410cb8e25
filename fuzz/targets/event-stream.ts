import { createEventTally } from '../../src/core/usage/event-tally.ts'
import { createSseMeter } from '../../src/core/usage/sse-meter.ts'
import { cutBytes, type Dice } from '../engine/dice.ts'
import { demand, demandEqual, type Target } from '../engine/target.ts'
import { readEventStream } from '../references/event-stream.ts'
import { checkFigures, type Figures, generateEvent, measure, USAGE_WORDS } from './usage-words.ts'

const SEEDS = [
  'data: {"model":"m-1","choices":[]}\n\ndata: {"usage":{"prompt_tokens":5,"completion_tokens":7}}\n\ndata: [DONE]\n\n',
  'event: message_start\r\ndata: {"message":{"model":"c","usage":{"input_tokens":3,"output_tokens":1}}}\r\n\r\n: ping\r\n\r\n',
  'data:{"type":"response.completed","response":{"model":"r","usage":{"input_tokens":1,"output_tokens":2}}}\r\r',
]

/** The meter of one text/event-stream answer. */
export function createEventStreamTarget(create: typeof createSseMeter = createSseMeter): Target {
  return {
    name: 'event-stream',
    reads: 'event streams, for their tokens',
    seeds: SEEDS.map((text) => Buffer.from(text)),
    words: [...USAGE_WORDS, ':', 'id: 1\n', 'retry: 1\n', 'data\n', 'data: [DONE]\n\n'],
    generate: generateStream,
    mustReach: ['compared with figures', 'compared', 'unusual'],
    check: (input, dice) => {
      const whole = measure(create(), [Buffer.from(input)])
      checkFigures(whole.usage)
      const cut = measure(create(), cutBytes(input, dice))
      demandEqual(toFigures(cut), toFigures(whole), 'figures are the same however the bytes are cut')
      const isEscaped = input.includes('\\u')
      if (!isEscaped) demand(cut.model === whole.model, 'the model is the same however the bytes are cut')
      const { events, isUnusual } = readEventStream(input)
      // A name that is spelled with escapes is not looked for.
      if (isUnusual || isEscaped) return 'unusual'
      const tally = createEventTally()
      for (const event of events) tally.readEvent(Buffer.from(event))
      demandEqual(toFigures(whole), toFigures(tally), 'figures are those of the events that the standard gives')
      return whole.usage === undefined ? 'compared' : 'compared with figures'
    },
  }
}

function toFigures({ usage }: Pick<Figures, 'usage'>): unknown {
  return usage === undefined ? null : [usage.input, usage.output, usage.cached]
}

function generateStream(dice: Dice): Buffer {
  const end = dice.pick(['\n', '\n', '\r\n', '\r'])
  let text = ''
  for (let count = 1 + dice.below(5); count > 0; count -= 1) {
    if (dice.chance(4)) text += `${dice.pick(['event: x', ': comment', 'id: 7', 'data', 'data : x'])}${end}`
    text += `data:${dice.pick(['', ' ', '  '])}${JSON.stringify(generateEvent(dice), null, dice.chance(20) ? 1 : 0)}${end}`
    if (!dice.chance(8)) text += end
  }
  return Buffer.from(text)
}
