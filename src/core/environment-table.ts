import type { ProviderId } from './providers/provider.ts'

/**
 * Variables that make a client of the provider ignore what we export: other credentials that outrank the placeholder, other
 * hosts, other modes. Present and not empty in the job, they are blanked for the later steps (clients read an empty value as
 * absent). Rule: what wins in each CLI, measured or from its documentation.
 */
export const COMPETING_VARIABLES = {
  copilot: [
    'GITHUB_COPILOT_API_TOKEN',
    'COPILOT_HMAC_KEY',
    'CAPI_HMAC_KEY',
    'COPILOT_PROVIDER_BASE_URL',
    'COPILOT_PROVIDERS_CONFIG',
    'COPILOT_PROVIDER_GHES_HOST',
    'COPILOT_OFFLINE',
  ],
  openai: ['CODEX_API_KEY', 'CODEX_ACCESS_TOKEN'],
  anthropic: [
    'ANTHROPIC_AUTH_TOKEN',
    'CLAUDE_CODE_OAUTH_TOKEN',
    'CLAUDE_CODE_USE_BEDROCK',
    'CLAUDE_CODE_USE_VERTEX',
    'CLAUDE_CODE_USE_FOUNDRY',
    'ANTHROPIC_UNIX_SOCKET',
  ],
  gemini: ['GOOGLE_API_KEY', 'GOOGLE_GENAI_USE_VERTEXAI', 'GOOGLE_GENAI_USE_GCA'],
  vertex: ['GOOGLE_GENAI_USE_GCA'],
  byok: [
    'COPILOT_PROVIDER_API_KEY_COMMAND',
    'COPILOT_PROVIDER_BEARER_TOKEN',
    'COPILOT_PROVIDERS_CONFIG',
    'COPILOT_PROVIDER_GHES_HOST',
    'COPILOT_PROVIDER_GHES_TOKEN',
  ],
} as const satisfies { readonly [Id in ProviderId]: readonly string[] }
