import { type Conversation, decideTurn, FAKE_USAGE, type OfferedTool, type Turn } from './conversation.ts'
import { isObject, type JsonObject, objectsOf, type ServerEvent } from './exchange.ts'

/** OpenAI's chat completions, JSON and streamed; Copilot and Azure answer the same shapes. */
const USAGE = {
  prompt_tokens: FAKE_USAGE.input,
  completion_tokens: FAKE_USAGE.output,
  total_tokens: FAKE_USAGE.input + FAKE_USAGE.output,
  prompt_tokens_details: { cached_tokens: FAKE_USAGE.cached },
}

export function renderChatCompletion(body: JsonObject, conversation: Conversation): JsonObject {
  const turn = decide(body, conversation)
  const message = { role: 'assistant', content: null, ...renderMessage(turn) }
  const choice = { index: 0, finish_reason: finishReason(turn), message }
  return { ...shell(body, 'chat.completion'), choices: [choice], usage: USAGE }
}

/** Chunks as OpenAI sends them; the usage chunk comes last before `[DONE]`, with empty choices. */
export function renderChatEvents(body: JsonObject, conversation: Conversation): readonly ServerEvent[] {
  const turn = decide(body, conversation)
  const base = shell(body, 'chat.completion.chunk')
  const chunk = (delta: JsonObject, finish: string | null): ServerEvent => ({
    data: { ...base, choices: [{ index: 0, delta, finish_reason: finish }] },
  })
  return [
    chunk({ role: 'assistant', content: '' }, null),
    chunk(renderMessage(turn), null),
    chunk({}, finishReason(turn)),
    { data: { ...base, choices: [], usage: USAGE } },
    { data: '[DONE]' },
  ]
}

function shell(body: JsonObject, object: string): JsonObject {
  return { id: 'chatcmpl-fake', object, created: 1_790_000_000, model: body.model ?? 'fake-model' }
}

function decide(body: JsonObject, conversation: Conversation): Turn {
  const tools = objectsOf(body.tools).flatMap(({ function: definition }): OfferedTool[] => {
    if (!isObject(definition)) return []
    const { name, parameters } = definition
    return [{ name: String(name), ...(isObject(parameters) ? { parameters } : {}) }]
  })
  return decideTurn(
    conversation,
    tools,
    objectsOf(body.messages).some(({ role }) => role === 'tool'),
  )
}

function finishReason(turn: Turn): string {
  return turn.kind === 'tool' ? 'tool_calls' : 'stop'
}

function renderMessage(turn: Turn): JsonObject {
  if (turn.kind === 'text') return { content: turn.text }
  const call = { name: turn.tool.name, arguments: JSON.stringify(turn.arguments) }
  return { tool_calls: [{ index: 0, id: 'call_fake_1', type: 'function', function: call }] }
}
