import type { Conversation } from './conversation.ts'
import { type FakeAnswer, type FakeService, json, parseBody } from './exchange.ts'
import { renderContent, renderContentEvents } from './gemini-content.ts'
import { carriesOnly, findCredentials } from './offered-credentials.ts'

export interface GeminiOptions {
  readonly key: string
  readonly conversation: Conversation
  readonly models?: readonly string[]
}

// …/models/<name>:<method>, below /v1beta at the Gemini API and below /v1beta1/publishers/google at Vertex AI.
const METHOD_PATH =
  /^\/v1(?:beta1?)?\/(?:projects\/[^/]+\/locations\/[^/]+\/)?(?:publishers\/google\/)?models\/[^/:]+:(\w+)$/
const LIST_PATH = /^\/v1(?:beta1?)?\/(?:publishers\/google\/)?models$/

/** generativelanguage.googleapis.com and aiplatform.googleapis.com: `x-goog-api-key`, alone; 400 API_KEY_INVALID otherwise. */
export function createGeminiService(options: GeminiOptions): FakeService {
  const expected = { place: 'x-goog-api-key', value: options.key }
  return {
    answer: (request) => {
      if (!carriesOnly(request, expected)) return reject(findCredentials(request).length > 0)
      if (request.method === 'GET' && LIST_PATH.test(request.path)) return json(200, listModels(options))
      const method = METHOD_PATH.exec(request.path)?.[1]
      if (request.method !== 'POST' || method === undefined) return renderError(404, 'NOT_FOUND', 'Not found.')
      return answerMethod(method, parseBody(request), options.conversation)
    },
  }
}

function answerMethod(method: string, body: ReturnType<typeof parseBody>, conversation: Conversation): FakeAnswer {
  if (method === 'generateContent') return json(200, renderContent(body, conversation))
  if (method === 'streamGenerateContent') return { kind: 'events', events: renderContentEvents(body, conversation) }
  if (method === 'countTokens') return json(200, { totalTokens: 1200 })
  return renderError(404, 'NOT_FOUND', `Method ${method} is not found.`)
}

function listModels({ models = ['gemini-fake'] }: GeminiOptions): unknown {
  const methods = ['generateContent', 'countTokens']
  return { models: models.map((id) => ({ name: `models/${id}`, supportedGenerationMethods: methods })) }
}

function reject(hasCredential: boolean): FakeAnswer {
  if (!hasCredential) {
    const text = "Method doesn't allow unregistered callers (callers without established identity)."
    return renderError(403, 'PERMISSION_DENIED', text)
  }
  const detail = {
    '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
    reason: 'API_KEY_INVALID',
    domain: 'googleapis.com',
  }
  const text = 'API key not valid. Please pass a valid API key.'
  return json(400, { error: { code: 400, message: text, status: 'INVALID_ARGUMENT', details: [detail] } })
}

function renderError(code: number, status: string, message: string): FakeAnswer {
  return json(code, { error: { code, message, status } })
}
