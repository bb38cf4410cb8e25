import { answerAnthropicPath } from './anthropic-service.ts'
import type { Conversation } from './conversation.ts'
import { type FakeAnswer, type FakeRequest, type FakeService, json } from './exchange.ts'
import { findCredentials } from './offered-credentials.ts'
import { answerOpenAiPath } from './openai-service.ts'

/** Which call a Copilot client makes is decided per model by `supported_endpoints`; absent means chat completions. */
export type CopilotEndpoint = '/chat/completions' | '/responses' | '/v1/messages' | 'ws:/responses'

export interface CopilotOptions {
  /** True for a token this host accepts: the GitHub token itself, or one that was exchanged. */
  readonly accepts: (token: string) => boolean
  readonly conversation: Conversation
  readonly models?: Readonly<Record<string, readonly CopilotEndpoint[] | undefined>>
  /** Authorization scheme this host insists on; the other one is answered with the known 400. */
  readonly scheme?: 'Bearer' | 'token'
  /** What every request gets instead of an answer, e.g. 421 while the token belongs on another host. */
  readonly refuseWith?: () => FakeAnswer | undefined
}

// The CLI picks its default model by name: a listing without a name it knows ends in "No supported model available".
const DEFAULT_MODELS = { 'claude-sonnet-5': ['/chat/completions'], 'gpt-5.4': ['/responses'] } as const

/** A Copilot API host (api.githubcopilot.com, copilot-api.<tenant>.ghe.com). Errors are plain text, as there. */
export function createCopilotService(options: CopilotOptions): FakeService {
  return {
    answer: (request) =>
      rejectAuthorization(request, options) ?? options.refuseWith?.() ?? answerPath(request, options),
  }
}

function rejectAuthorization(request: FakeRequest, options: CopilotOptions): FakeAnswer | undefined {
  const [first, ...others] = findCredentials(request)
  if (first?.place !== 'authorization' || others.length > 0)
    return text(401, 'unauthorized: missing Authorization header')
  const [scheme = '', token = ''] = first.value.split(' ')
  if (scheme !== (options.scheme ?? 'Bearer')) {
    return text(400, 'bad request: Authorization header is badly formatted')
  }
  return options.accepts(token) ? undefined : text(401, 'unauthorized: AuthenticateToken authentication failed')
}

function answerPath(request: FakeRequest, options: CopilotOptions): FakeAnswer {
  const { path } = request
  if (path === '/models' && request.method === 'GET') return json(200, listModels(options.models ?? DEFAULT_MODELS))
  if (path === '/v1/messages' || path === '/v1/messages/count_tokens')
    return answerAnthropicPath(path, request, { conversation: options.conversation })
  if (path === '/chat/completions' || path === '/responses') {
    return answerOpenAiPath(path, request, { conversation: options.conversation })
  }
  return text(404, 'not found')
}

function listModels(models: NonNullable<CopilotOptions['models']>): unknown {
  const data = Object.entries(models).map(([id, endpoints]) => ({
    id,
    object: 'model',
    name: id,
    vendor: 'fake',
    version: id,
    preview: false,
    model_picker_enabled: true,
    policy: { state: 'enabled', terms: '' },
    capabilities: {
      type: 'chat',
      family: id,
      object: 'model_capabilities',
      tokenizer: 'o200k_base',
      limits: { max_context_window_tokens: 200_000, max_prompt_tokens: 128_000, max_output_tokens: 64_000 },
      supports: { streaming: true, tool_calls: true, parallel_tool_calls: true },
    },
    ...(endpoints === undefined ? {} : { supported_endpoints: endpoints }),
  }))
  return { object: 'list', data }
}

function text(status: number, body: string): FakeAnswer {
  return { kind: 'text', status, body, headers: { 'x-github-request-id': 'FAKE:1:2:3' } }
}
