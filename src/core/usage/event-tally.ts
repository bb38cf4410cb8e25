import type { TokenUsage } from '../events.ts'
import { parseJsonBytes } from './parse-json-bytes.ts'
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

/**
 * Creates an empty tally. The counts of an unfinished response are cumulative in every dialect, and some events leave fields
 * out (Anthropic's message_delta may name the output only), so the highest figure of each field holds. Responses that the
 * Responses API declares final are added up: a WebSocket carries many.
 */
export function createEventTally(): EventTally {
  return new Tally()
}

class Tally implements EventTally {
  #settled: TokenUsage | undefined
  #settledCount = 0
  #open: TokenUsage | undefined
  #model: string | undefined

  readEvent(json: Uint8Array): void {
    const reading = parseEvent(parseJsonBytes(json))
    this.#model ??= reading.model
    if (reading.usage === undefined) return
    if (!reading.isFinal) {
      this.#open = combine(this.#open, reading.usage, Math.max)
      return
    }
    this.#settled = combine(this.#settled, reading.usage, add)
    this.#settledCount += 1
    this.#open = undefined
  }

  readModel(json: Uint8Array): void {
    this.#model ??= parseEvent(parseJsonBytes(json)).model
  }

  get usage(): TokenUsage | undefined {
    return this.#open === undefined ? this.#settled : combine(this.#settled, this.#open, add)
  }

  get model(): string | undefined {
    return this.#model
  }

  get responses(): number {
    return this.#settledCount + (this.#open === undefined ? 0 : 1)
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
