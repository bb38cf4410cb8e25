import { renderMessage, renderMessageEvents } from './anthropic-messages.ts'
import type { Conversation } from './conversation.ts'
import { type FakeAnswer, type FakeRequest, type FakeService, json, parseBody } from './exchange.ts'
import { carriesOnly } from './offered-credentials.ts'

export interface AnthropicOptions {
  readonly key: string
  readonly conversation: Conversation
  readonly models?: readonly string[]
  readonly basePath?: string
}

/** api.anthropic.com: `x-api-key`, or a bearer for an OAuth token (`sk-ant-oat…`), alone; 401 in Anthropic's words. */
export function createAnthropicService(options: AnthropicOptions): FakeService {
  const isOauth = options.key.startsWith('sk-ant-oat')
  const expected = isOauth
    ? { place: 'authorization', value: `Bearer ${options.key}` }
    : { place: 'x-api-key', value: options.key }
  const base = options.basePath ?? ''
  return {
    answer: (request) => {
      if (!carriesOnly(request, expected)) {
        const message = isOauth ? 'OAuth authentication is currently not supported.' : 'invalid x-api-key'
        return renderError(401, 'authentication_error', message)
      }
      const path = request.path.startsWith(base) ? request.path.slice(base.length) : undefined
      return path === undefined ? notFound(request) : answerAnthropicPath(path, request, options)
    },
  }
}

type PathOptions = Pick<AnthropicOptions, 'conversation' | 'models'>

/** Answers a path of Anthropic's API; also used by the fake Copilot for `/v1/messages`. */
export function answerAnthropicPath(path: string, request: FakeRequest, options: PathOptions): FakeAnswer {
  if (request.method === 'HEAD') return { kind: 'text', status: 200, body: '' }
  if (request.method === 'GET' && path === '/v1/models') return json(200, listModels(options.models ?? ['claude-fake']))
  if (request.method !== 'POST') return notFound(request)
  if (request.header('anthropic-version') === undefined) {
    return renderError(400, 'invalid_request_error', 'anthropic-version: header is required')
  }
  if (path === '/v1/messages/count_tokens') return json(200, { input_tokens: 1200 })
  if (path !== '/v1/messages') return notFound(request)
  const body = parseBody(request)
  if (body.stream !== true) return json(200, renderMessage(body, options.conversation))
  return { kind: 'events', events: renderMessageEvents(body, options.conversation) }
}

function listModels(models: readonly string[]): unknown {
  const data = models.map((id) => ({ type: 'model', id, display_name: id, created_at: '2026-01-01T00:00:00Z' }))
  return { data, has_more: false, first_id: models[0] ?? null, last_id: models.at(-1) ?? null }
}

function notFound(request: FakeRequest): FakeAnswer {
  return renderError(404, 'not_found_error', `Not found: ${request.method} ${request.path}`)
}

function renderError(status: number, type: string, message: string): FakeAnswer {
  return json(status, { type: 'error', error: { type, message }, request_id: 'req_fake' })
}
