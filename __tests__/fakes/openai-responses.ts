import { type Conversation, decideTurn, FAKE_USAGE, type OfferedTool, type Turn } from './conversation.ts'
import { isObject, type JsonObject, objectsOf, parseObject, type ServerEvent } from './exchange.ts'

/** OpenAI's Responses API: JSON, server-sent events, and the event objects as WebSocket text frames (what codex speaks). */
const USAGE = {
  input_tokens: FAKE_USAGE.input,
  input_tokens_details: { cached_tokens: FAKE_USAGE.cached },
  output_tokens: FAKE_USAGE.output,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: FAKE_USAGE.input + FAKE_USAGE.output,
}

/** The events of one response, in order; `response.completed` carries the usage. */
export function renderResponseEvents(body: JsonObject, conversation: Conversation): readonly ServerEvent[] {
  const id = `resp_fake_${Math.random().toString(36).slice(2, 12)}`
  const shell = { id, object: 'response', created_at: 1_790_000_000, model: body.model ?? 'fake-model' }
  const created: ServerEvent = event('response.created', { response: { ...shell, status: 'in_progress', output: [] } })
  // codex opens its socket with a warm-up that must not generate anything.
  const items =
    body.generate === false ? [] : [renderItem(decideTurn(conversation, offeredTools(body), hasOutput(body)))]
  const done = { ...shell, status: 'completed', output: items, usage: USAGE }
  return [created, ...items.flatMap(renderItemEvents), event('response.completed', { response: done })]
}

/** The same as one JSON object, for `stream: false`. */
export function renderResponse(body: JsonObject, conversation: Conversation): JsonObject {
  const last = renderResponseEvents(body, conversation).at(-1)
  const data = last?.data
  if (!isObject(data) || !isObject(data.response)) throw new Error('The fake lost its own response')
  return data.response
}

/** WebSocket: every `response.create` frame is answered by its events, one per text frame. */
export function replyToFrame(text: string, conversation: Conversation): readonly string[] {
  const message = parseObject(text)
  if (message.type !== 'response.create') return []
  return renderResponseEvents(message, conversation).map(({ data }) => JSON.stringify(data))
}

function event(type: string, fields: JsonObject): ServerEvent {
  return { event: type, data: { type, ...fields } }
}

// codex 0.169 sends its tools as `additional_tools` items of the input, grouped in namespaces; everybody else as `tools`.
function offeredTools(body: JsonObject): readonly OfferedTool[] {
  const added = objectsOf(body.input).flatMap(({ type, tools }) =>
    type === 'additional_tools' ? objectsOf(tools) : [],
  )
  return [...objectsOf(body.tools), ...added].flatMap((tool) =>
    tool.type === 'namespace'
      ? objectsOf(tool.tools).map((inner) => parseTool(inner, String(tool.name)))
      : [parseTool(tool)],
  )
}

function parseTool(tool: JsonObject, namespace?: string): OfferedTool {
  return {
    name: String(tool.name ?? tool.type),
    ...(namespace === undefined ? {} : { namespace }),
    ...(isObject(tool.parameters) ? { parameters: tool.parameters } : {}),
    freeform: tool.type === 'custom',
  }
}

function hasOutput(body: JsonObject): boolean {
  return objectsOf(body.input).some(({ type }) => String(type).endsWith('_call_output'))
}

function renderItem(turn: Turn): JsonObject {
  if (turn.kind === 'text') {
    const content = [{ type: 'output_text', text: turn.text, annotations: [] }]
    return { type: 'message', id: 'msg_fake', role: 'assistant', status: 'completed', content }
  }
  const { name, namespace, freeform } = turn.tool
  const common = { id: 'fc_fake', call_id: 'call_fake_1', name, namespace, status: 'completed' }
  return freeform === true
    ? { ...common, type: 'custom_tool_call', input: turn.input }
    : { ...common, type: 'function_call', arguments: JSON.stringify(turn.arguments) }
}

function renderItemEvents(item: JsonObject): readonly ServerEvent[] {
  const position = { output_index: 0, item_id: item.id }
  const [content] = objectsOf(item.content)
  const delta =
    content === undefined
      ? event('response.function_call_arguments.delta', { ...position, delta: item.arguments ?? item.input })
      : event('response.output_text.delta', { ...position, content_index: 0, delta: content.text })
  return [
    event('response.output_item.added', { output_index: 0, item: { ...item, status: 'in_progress', content: [] } }),
    delta,
    event('response.output_item.done', { output_index: 0, item }),
  ]
}
