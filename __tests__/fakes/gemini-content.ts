import { type Conversation, decideTurn, FAKE_USAGE, type OfferedTool, type Turn } from './conversation.ts'
import { isObject, type JsonObject, objectsOf, type ServerEvent } from './exchange.ts'

/** Google's generateContent family (Gemini API and Vertex AI speak the same bodies). */
const USAGE = {
  promptTokenCount: FAKE_USAGE.input,
  cachedContentTokenCount: FAKE_USAGE.cached,
  candidatesTokenCount: FAKE_USAGE.output,
  totalTokenCount: FAKE_USAGE.input + FAKE_USAGE.output,
}

/** One GenerateContentResponse. A request for JSON (the CLI's model router) gets an object that fits its schema. */
export function renderContent(body: JsonObject, conversation: Conversation): JsonObject {
  const config = isObject(body.generationConfig) ? body.generationConfig : {}
  const schema = config.responseJsonSchema ?? config.responseSchema
  if (isObject(schema)) return candidate({ text: JSON.stringify(deriveExample(schema)) }, true)
  return candidate(renderPart(decide(body, conversation)), true)
}

/** Two chunks: the content, then the end with the usage. */
export function renderContentEvents(body: JsonObject, conversation: Conversation): readonly ServerEvent[] {
  const turn = decide(body, conversation)
  return [{ data: candidate(renderPart(turn), false) }, { data: candidate({ text: '' }, true) }]
}

function candidate(part: JsonObject, isLast: boolean): JsonObject {
  const finish = isLast ? { finishReason: 'STOP' } : {}
  return {
    candidates: [{ index: 0, content: { role: 'model', parts: [part] }, ...finish }],
    ...(isLast ? { usageMetadata: USAGE } : {}),
    modelVersion: 'fake-gemini',
    responseId: 'fake-response',
  }
}

function decide(body: JsonObject, conversation: Conversation): Turn {
  const tools = objectsOf(body.tools).flatMap(({ functionDeclarations }) =>
    objectsOf(functionDeclarations).map((declaration): OfferedTool => {
      const schema = declaration.parametersJsonSchema ?? declaration.parameters
      return { name: String(declaration.name), ...(isObject(schema) ? { parameters: schema } : {}) }
    }),
  )
  const hasOutput = objectsOf(body.contents).some(({ parts }) =>
    objectsOf(parts).some((part) => part.functionResponse !== undefined),
  )
  return decideTurn(conversation, tools, hasOutput)
}

function renderPart(turn: Turn): JsonObject {
  if (turn.kind === 'text') return { text: turn.text }
  return { functionCall: { id: 'call_fake_1', name: turn.tool.name, args: turn.arguments } }
}

function deriveExample(schema: JsonObject): unknown {
  if (Array.isArray(schema.enum)) return schema.enum[0]
  const type = String(schema.type).toLowerCase()
  if (type === 'object') {
    const properties = isObject(schema.properties) ? schema.properties : {}
    return Object.fromEntries(
      Object.entries(properties).map(([name, property]) => [name, isObject(property) ? deriveExample(property) : null]),
    )
  }
  const examples: Readonly<Record<string, unknown>> = { number: 1, integer: 1, boolean: true, array: [] }
  return examples[type] ?? 'fake'
}
