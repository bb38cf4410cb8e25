import type { Conversation } from './conversation.ts'
import { type FakeAnswer, type FakeRequest, type FakeService, json, parseBody } from './exchange.ts'
import { carriesOnly, findCredentials, type OfferedCredential } from './offered-credentials.ts'
import { renderChatCompletion, renderChatEvents } from './openai-chat.ts'
import { renderResponse, renderResponseEvents, replyToFrame } from './openai-responses.ts'

export interface OpenAiOptions {
  readonly key: string
  readonly conversation: Conversation
  /** Path before `/models`, `/responses`; `/v1` at OpenAI. */
  readonly basePath?: string
  readonly models?: readonly string[]
  /** False: an upgrade is answered with 426. */
  readonly webSocket?: boolean
  /** Where the key is expected; a bearer by default. */
  readonly header?: 'authorization' | 'api-key' | (string & {})
}

/** api.openai.com, or any gateway that speaks its API. The one right credential, alone, or 401 in OpenAI's words. */
export function createOpenAiService(options: OpenAiOptions): FakeService {
  const base = options.basePath ?? '/v1'
  const place = options.header ?? 'authorization'
  const expected = { place, value: place === 'authorization' ? `Bearer ${options.key}` : options.key }
  return {
    answer: (request) => {
      if (!carriesOnly(request, expected)) return rejectOpenAi(request, expected)
      const path = request.path.startsWith(`${base}/`) ? request.path.slice(base.length) : undefined
      return path === undefined ? unknownUrl(request) : answerOpenAiPath(path, request, options)
    },
  }
}

export interface AzureOptions {
  readonly key: string
  readonly deployment: string
  readonly conversation: Conversation
}

/** Azure OpenAI: `/openai/v1/…`, and `/openai/deployments/<name>/…` with its mandatory api-version. */
export function createAzureService({ key, deployment, conversation }: AzureOptions): FakeService {
  const expected = { place: 'api-key', value: key }
  return {
    answer: (request) => {
      if (!carriesOnly(request, expected)) return json(401, { error: { code: '401', message: AZURE_DENIED } })
      const options = { key, conversation }
      if (request.path.startsWith('/openai/v1/')) return answerOpenAiPath(request.path.slice(10), request, options)
      if (!request.query.has('api-version')) return json(404, { error: { code: '404', message: 'Resource not found' } })
      const prefix = `/openai/deployments/${deployment}`
      const rest = request.path.startsWith(`${prefix}/`) ? request.path.slice(prefix.length) : request.path.slice(7)
      return answerOpenAiPath(rest, request, options)
    },
  }
}

const AZURE_DENIED =
  'Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an active ' +
  'subscription and use a correct regional API endpoint for your resource.'

type PathOptions = Pick<OpenAiOptions, 'conversation' | 'models' | 'webSocket'>

/** Answers a path below the base; also used by the fake Copilot, whose inference paths have the same shapes. */
export function answerOpenAiPath(path: string, request: FakeRequest, options: PathOptions): FakeAnswer {
  const { conversation } = options
  if (request.upgrade) return answerUpgrade(path, options)
  if (request.method === 'GET' && path === '/models') return json(200, listModels(options.models ?? ['gpt-fake']))
  if (request.method !== 'POST') return unknownUrl(request)
  const body = parseBody(request)
  const isStream = body.stream === true
  if (path === '/responses') {
    if (!isStream) return json(200, renderResponse(body, conversation))
    return { kind: 'events', events: renderResponseEvents(body, conversation) }
  }
  if (path !== '/chat/completions') return unknownUrl(request)
  if (!isStream) return json(200, renderChatCompletion(body, conversation))
  return { kind: 'events', events: renderChatEvents(body, conversation) }
}

function answerUpgrade(path: string, options: PathOptions): FakeAnswer {
  if (path !== '/responses' || options.webSocket === false) {
    return json(426, { error: { message: 'Upgrade Required', type: 'invalid_request_error', param: null, code: null } })
  }
  return { kind: 'websocket', reply: (text) => replyToFrame(text, options.conversation) }
}

function listModels(models: readonly string[]): unknown {
  return {
    object: 'list',
    data: models.map((id) => ({ id, object: 'model', created: 1_790_000_000, owned_by: 'fake' })),
  }
}

function unknownUrl(request: FakeRequest): FakeAnswer {
  const message = `Invalid URL (${request.method} ${request.path})`
  return json(404, { error: { message, type: 'invalid_request_error', param: null, code: null } })
}

function rejectOpenAi(request: FakeRequest, expected: OfferedCredential): FakeAnswer {
  const offered = findCredentials(request).find(({ place }) => place === expected.place)
  const shown = (offered?.value ?? '').replace(/^Bearer /, '').slice(0, 4)
  const message =
    offered === undefined
      ? 'Missing bearer or basic authentication in header'
      : `Incorrect API key provided: ${shown}****. You can find your API key at https://platform.openai.com/account/api-keys.`
  const code = offered === undefined ? null : 'invalid_api_key'
  return json(401, { error: { message, type: 'invalid_request_error', param: null, code } })
}
