import { type Conversation, decideTurn, FAKE_USAGE, type OfferedTool, type Turn } from './conversation.ts'
import { isObject, type JsonObject, objectsOf, type ServerEvent } from './exchange.ts'

/** Anthropic's Messages API, JSON and streamed. Its `input_tokens` leave out what was read from the cache. */
const USAGE = {
  input_tokens: FAKE_USAGE.input - FAKE_USAGE.cached,
  cache_read_input_tokens: FAKE_USAGE.cached,
  cache_creation_input_tokens: 0,
  output_tokens: FAKE_USAGE.output,
}

export function renderMessage(body: JsonObject, conversation: Conversation): JsonObject {
  const turn = decide(body, conversation)
  return { ...shell(body), content: [renderBlock(turn)], stop_reason: stopReason(turn), usage: USAGE }
}

export function renderMessageEvents(body: JsonObject, conversation: Conversation): readonly ServerEvent[] {
  const turn = decide(body, conversation)
  const start = { ...shell(body), content: [], stop_reason: null, usage: { ...USAGE, output_tokens: 1 } }
  const empty = turn.kind === 'text' ? { type: 'text', text: '' } : { ...renderBlock(turn), input: {} }
  const delta =
    turn.kind === 'text'
      ? { type: 'text_delta', text: turn.text }
      : { type: 'input_json_delta', partial_json: JSON.stringify(turn.arguments) }
  return [
    event('message_start', { message: start }),
    event('content_block_start', { index: 0, content_block: empty }),
    event('ping', {}),
    event('content_block_delta', { index: 0, delta }),
    event('content_block_stop', { index: 0 }),
    event('message_delta', {
      delta: { stop_reason: stopReason(turn), stop_sequence: null },
      usage: { output_tokens: FAKE_USAGE.output },
    }),
    event('message_stop', {}),
  ]
}

function event(type: string, fields: JsonObject): ServerEvent {
  return { event: type, data: { type, ...fields } }
}

function shell(body: JsonObject): JsonObject {
  return {
    id: 'msg_fake',
    type: 'message',
    role: 'assistant',
    model: body.model ?? 'fake-model',
    stop_sequence: null,
  }
}

function decide(body: JsonObject, conversation: Conversation): Turn {
  const tools = objectsOf(body.tools).map(
    ({ name, input_schema: schema }): OfferedTool => ({
      name: String(name),
      ...(isObject(schema) ? { parameters: schema } : {}),
    }),
  )
  const hasResult = objectsOf(body.messages).some(({ content }) =>
    objectsOf(content).some(({ type }) => type === 'tool_result'),
  )
  return decideTurn(conversation, tools, hasResult)
}

function stopReason(turn: Turn): string {
  return turn.kind === 'tool' ? 'tool_use' : 'end_turn'
}

function renderBlock(turn: Turn): JsonObject {
  if (turn.kind === 'text') return { type: 'text', text: turn.text }
  return { type: 'tool_use', id: 'toolu_fake_1', name: turn.tool.name, input: turn.arguments }
}
