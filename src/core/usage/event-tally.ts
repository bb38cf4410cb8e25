import type { TokenUsage } from '../events.ts'
import { parseEvent } from './parse-usage.ts'

/** Adds up what the events of one stream or socket say. */
export interface EventTally {
  /** Reads one event: the UTF-8 bytes of one JSON value. Bytes that are none change nothing. */
  readEvent(json: Uint8Array): void
  /** Reads one event for its model name only. */
  readModel(json: Uint8Array): void
  readonly usage: TokenUsage | undefined
  readonly model: string | undefined
  readonly responses: number
}

const UTF8 = new TextDecoder()

/**
 * Creates an empty tally. The counts of an unfinished response are cumulative in every dialect, and some events leave fields
 * out (Anthropic's message_delta may name the output only), so the highest figure of each field holds. Responses that the
 * Responses API declares final are added up: a WebSocket carries many.
 */
export function createEventTally(): EventTally {
  let settled: TokenUsage | undefined
  let settledCount = 0
  let open: TokenUsage | undefined
  let model: string | undefined
  return {
    readEvent(json) {
      const reading = parseEvent(parseJson(json))
      model ??= reading.model
      if (reading.usage === undefined) return
      if (!reading.isFinal) {
        open = combine(open, reading.usage, Math.max)
        return
      }
      settled = combine(settled, reading.usage, add)
      settledCount += 1
      open = undefined
    },
    readModel(json) {
      model ??= parseEvent(parseJson(json)).model
    },
    get usage() {
      return open === undefined ? settled : combine(settled, open, add)
    },
    get model() {
      return model
    },
    get responses() {
      return settledCount + (open === undefined ? 0 : 1)
    },
  }
}

function combine(
  left: TokenUsage | undefined,
  right: TokenUsage,
  join: (left: number, right: number) => number,
): TokenUsage {
  if (left === undefined) return right
  return {
    input: join(left.input, right.input),
    output: join(left.output, right.output),
    cached: join(left.cached, right.cached),
  }
}

function add(left: number, right: number): number {
  return left + right
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(UTF8.decode(bytes))
  } catch {
    return undefined
  }
}
