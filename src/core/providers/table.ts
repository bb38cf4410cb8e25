import type { Hostname } from '../hostname.ts'
import { httpsUpstream } from '../upstream.ts'
import type { ProviderId, ProviderRow } from './provider.ts'

const host = (name: string): Hostname => name as Hostname

/**
 * Preferred ports and defaults. `clientBasePath` is what each CLI expects behind the host: codex 0.169 appends `/responses` to a
 * base ending in `/v1`; Claude Code 2.1.330, Gemini CLI 0.61 and copilot 1.0.102 bring their version segment themselves (measured).
 */
export const PROVIDERS = {
  openai: {
    id: 'openai',
    label: 'OpenAI',
    preferredPort: 10000,
    dialect: 'openai',
    defaultUpstream: httpsUpstream(host('api.openai.com'), '/v1'),
    keyInput: 'openai-api-key',
    baseUrlInput: 'openai-base-url',
    clientBasePath: '/v1',
  },
  anthropic: {
    id: 'anthropic',
    label: 'Anthropic',
    preferredPort: 10001,
    dialect: 'anthropic',
    defaultUpstream: httpsUpstream(host('api.anthropic.com')),
    keyInput: 'anthropic-api-key',
    baseUrlInput: 'anthropic-base-url',
    clientBasePath: '',
  },
  copilot: {
    id: 'copilot',
    label: 'GitHub Copilot',
    preferredPort: 10002,
    dialect: 'copilot',
    keyInput: 'copilot-github-token',
    baseUrlInput: 'copilot-api-target',
    clientBasePath: '',
  },
  gemini: {
    id: 'gemini',
    label: 'Gemini',
    preferredPort: 10003,
    dialect: 'google',
    defaultUpstream: httpsUpstream(host('generativelanguage.googleapis.com')),
    keyInput: 'gemini-api-key',
    baseUrlInput: 'gemini-base-url',
    clientBasePath: '',
  },
  vertex: {
    id: 'vertex',
    label: 'Vertex AI',
    preferredPort: 10004,
    dialect: 'google',
    defaultUpstream: httpsUpstream(host('aiplatform.googleapis.com')),
    keyInput: 'google-api-key',
    baseUrlInput: 'vertex-base-url',
    clientBasePath: '',
  },
  byok: {
    id: 'byok',
    label: 'Own provider',
    preferredPort: 10005,
    dialect: 'openai',
    keyInput: 'provider-api-key',
    baseUrlInput: 'provider-base-url',
    clientBasePath: '',
  },
} as const satisfies { readonly [Id in ProviderId]: ProviderRow }
