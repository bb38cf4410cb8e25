import type { TokenUsage } from '../events.ts'
import { parseModelName } from './model-name.ts'

type Fields = Readonly<Record<string, unknown>>

/** How one family of APIs spells its token counts. The first row with a mark among the fields reads them. */
interface UsageShape {
  readonly marks: readonly string[]
  readonly read: (fields: Fields) => TokenUsage
}

// Chat completions come first: gateways that translate add Anthropic's cache fields beside prompt_tokens, which has them in it.
const SHAPES: readonly UsageShape[] = [
  {
    marks: ['prompt_tokens', 'completion_tokens'],
    read: (fields) => ({
      input: parseCount(fields.prompt_tokens),
      output: parseCount(fields.completion_tokens),
      cached: parseCount(parseFields(fields.prompt_tokens_details)?.cached_tokens),
    }),
  },
  {
    // Anthropic counts what it read from or wrote to the cache beside input_tokens, not within.
    marks: ['cache_creation_input_tokens', 'cache_read_input_tokens'],
    read: (fields) => ({
      input:
        parseCount(fields.input_tokens) +
        parseCount(fields.cache_creation_input_tokens) +
        parseCount(fields.cache_read_input_tokens),
      output: parseCount(fields.output_tokens),
      cached: parseCount(fields.cache_read_input_tokens),
    }),
  },
  {
    marks: ['input_tokens', 'output_tokens'],
    read: (fields) => ({
      input: parseCount(fields.input_tokens),
      output: parseCount(fields.output_tokens),
      cached: parseCount(parseFields(fields.input_tokens_details)?.cached_tokens),
    }),
  },
  {
    // Google counts thinking beside the candidates, and tool results beside the prompt.
    marks: ['promptTokenCount', 'candidatesTokenCount', 'totalTokenCount'],
    read: (fields) => ({
      input: parseCount(fields.promptTokenCount) + parseCount(fields.toolUsePromptTokenCount),
      output: parseCount(fields.candidatesTokenCount) + parseCount(fields.thoughtsTokenCount),
      cached: parseCount(fields.cachedContentTokenCount),
    }),
  },
  {
    // Bedrock Converse: as Anthropic, in camel case.
    marks: ['inputTokens', 'outputTokens'],
    read: (fields) => ({
      input:
        parseCount(fields.inputTokens) +
        parseCount(fields.cacheReadInputTokens) +
        parseCount(fields.cacheWriteInputTokens),
      output: parseCount(fields.outputTokens),
      cached: parseCount(fields.cacheReadInputTokens),
    }),
  },
]

/**
 * Reads a `usage` or `usageMetadata` object of any API we know by its fields.
 * @returns tokens (`input` includes what came from the cache), or undefined when no field is a known count.
 */
export function parseUsage(value: unknown): TokenUsage | undefined {
  const fields = parseFields(value)
  if (fields === undefined) return undefined
  return SHAPES.find((shape) => shape.marks.some((mark) => isCount(fields[mark])))?.read(fields)
}

/** What one event (or one whole JSON answer) says about the response it belongs to. */
export interface EventReading {
  readonly usage: TokenUsage | undefined
  readonly model: string | undefined
  /** True for the Responses events that end one response: its tokens are then final. */
  readonly isFinal: boolean
}

/**
 * Reads a parsed event. Usage and model stand at the top level (chat completions, message_delta, Google, plain JSON answers),
 * in `response` (Responses) or in `message` (message_start). Nothing deeper counts: tool arguments may hold such names too.
 */
export function parseEvent(value: unknown): EventReading {
  const event = parseFields(value) ?? {}
  const inner = parseFields(event.response) ?? parseFields(event.message) ?? {}
  return {
    usage: readUsageOf(event) ?? readUsageOf(inner),
    model: readModelOf(inner) ?? readModelOf(event),
    isFinal: typeof event.type === 'string' && /^response\.(completed|incomplete|failed|done)$/.test(event.type),
  }
}

function readUsageOf(fields: Fields): TokenUsage | undefined {
  return parseUsage(fields.usage) ?? parseUsage(fields.usageMetadata)
}

function readModelOf(fields: Fields): string | undefined {
  return parseModelName(fields.model) ?? parseModelName(fields.modelVersion)
}

function parseFields(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined
}

/** No answer has more; with it figures of a whole run can be added without leaving the whole numbers. */
const MOST_TOKENS = 1_000_000_000

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0 && Number(value) <= MOST_TOKENS
}

function parseCount(value: unknown): number {
  return isCount(value) ? value : 0
}
