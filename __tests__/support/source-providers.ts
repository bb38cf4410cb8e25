import type { ProviderId } from '../../src/core/providers/provider.ts'
import type { ProviderConfig } from '../../src/core/sidecar-config.ts'
import { createAnthropicService } from '../fakes/anthropic-service.ts'
import { createCopilotService } from '../fakes/copilot-service.ts'
import type { FakeAnswer, FakeService } from '../fakes/exchange.ts'
import { createGeminiService } from '../fakes/gemini-service.ts'
import { createBedrock } from '../fakes/issuers/bedrock.ts'
import { createTokenGate } from '../fakes/issuers/token-gate.ts'
import { createAzureService, createOpenAiService } from '../fakes/openai-service.ts'
import type { Asked } from './http-client.ts'
import { AWS_REGION, type IssuerKind, type IssuerSetup } from './issuer-hosts.ts'

/** The provider that a source of each kind usually serves, and a model upstream that takes nothing but living tokens of it. */
export interface ProviderRow {
  readonly id: ProviderId
  readonly config?: Partial<ProviderConfig>
  readonly basePath?: string
  readonly service: (setup: Pick<IssuerSetup, 'tokens' | 'sts'>) => FakeService
  /** A request that the model answers with 200. */
  readonly asked: Asked & { readonly path: string }
}

const conversation = { text: 'the answer' }
const KEY = 'the key that only the gate knows'
const inner = { header: 'authorization', value: `Bearer ${KEY}` }
const chat = JSON.stringify({ model: 'fake', messages: [{ role: 'user', content: 'hi' }] })
const json = { 'content-type': 'application/json' }

const OPENAI: Omit<ProviderRow, 'id'> = {
  basePath: '/v1',
  service: ({ tokens }) =>
    createTokenGate(createOpenAiService({ key: KEY, conversation }), { accepts: tokens.accepts, inner }),
  asked: { method: 'POST', path: '/v1/chat/completions', headers: json, body: chat },
}

// Of an own provider the base path stands in the exported base URL's place, not behind it.
const GATEWAY: ProviderRow = { ...OPENAI, id: 'byok', asked: { ...OPENAI.asked, path: '/chat/completions' } }

const AZURE: ProviderRow = {
  id: 'byok',
  config: { dialect: 'azure', authHeader: 'authorization' },
  basePath: '/openai/v1',
  service: ({ tokens }) =>
    createTokenGate(createAzureService({ key: KEY, deployment: 'd', conversation }), {
      accepts: tokens.accepts,
      inner: { header: 'api-key', value: KEY },
    }),
  asked: { method: 'POST', path: '/openai/v1/chat/completions', headers: json, body: chat },
}

const GOOGLE_REFUSAL: FakeAnswer = {
  kind: 'json',
  status: 401,
  body: { error: { code: 401, status: 'UNAUTHENTICATED', message: 'Request had invalid authentication credentials.' } },
}

const VERTEX: ProviderRow = {
  id: 'vertex',
  config: { authHeader: 'authorization' },
  service: ({ tokens }) =>
    createTokenGate(createGeminiService({ key: KEY, conversation }), {
      accepts: tokens.accepts,
      inner: { header: 'x-goog-api-key', value: KEY },
      refusal: GOOGLE_REFUSAL,
    }),
  asked: {
    method: 'POST',
    path: '/v1/publishers/google/models/gemini-fake:generateContent',
    headers: json,
    body: '{}',
  },
}

const ANTHROPIC: ProviderRow = {
  id: 'anthropic',
  service: ({ tokens }) =>
    createTokenGate(createAnthropicService({ key: KEY, conversation }), {
      accepts: tokens.accepts,
      inner: { header: 'x-api-key', value: KEY },
      companions: { 'anthropic-beta': 'oauth-2025-04-20' },
    }),
  asked: { method: 'POST', path: '/v1/messages', headers: { ...json, 'anthropic-version': '2023-06-01' }, body: chat },
}

const BEDROCK: ProviderRow = {
  id: 'byok',
  config: { dialect: 'bedrock' },
  service: (setup) => {
    if (setup.sts === undefined) throw new Error('Bedrock needs the STS whose keys it checks')
    return createBedrock({ region: AWS_REGION, sts: setup.sts, tokens: setup.tokens, text: conversation.text })
  },
  asked: { method: 'POST', path: '/model/anthropic.claude-fake-v1:0/converse', headers: json, body: '{"messages":[]}' },
}

const COPILOT: ProviderRow = {
  id: 'copilot',
  service: ({ tokens }) => createCopilotService({ accepts: tokens.accepts, conversation }),
  asked: { method: 'POST', path: '/chat/completions', headers: json, body: chat },
}

const ROWS: Readonly<Record<IssuerKind, ProviderRow>> = {
  azure: AZURE,
  'azure-usgov': AZURE,
  'azure-china': AZURE,
  aws: BEDROCK,
  gcp: VERTEX,
  'gcp-account': VERTEX,
  anthropic: ANTHROPIC,
  openai: { ...OPENAI, id: 'openai' },
  oauth: GATEWAY,
  'oauth-refresh': GATEWAY,
  'github-app': COPILOT,
}

/** The row of a source. */
export function providerRowOf(kind: IssuerKind): ProviderRow {
  return ROWS[kind]
}
