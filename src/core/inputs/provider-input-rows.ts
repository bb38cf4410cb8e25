import { type InputRow, NOT_CONFIGURED } from './input-row.ts'

/** Inputs of the providers: the key of each, where it goes and how. */
export const PROVIDER_INPUTS = {
  'copilot-github-token': {
    description:
      'GitHub token that pays for Copilot: fine-grained PAT (github_pat_), gho_, ghu_ or ghs_; the job’s own token needs `permissions: copilot-requests: write`. `none` = Copilot is not configured; empty = the secret is missing.',
    default: NOT_CONFIGURED,
    group: 'Copilot',
    kind: 'secret',
  },
  'copilot-api-target': {
    description:
      'Host or https URL of the Copilot API. Without it the host is discovered from GitHub and else follows from the server URL.',
    default: '',
    group: 'Copilot',
    kind: 'host-or-url',
  },
  'copilot-routing': {
    description:
      'How Copilot requests are authenticated: inject (send the GitHub token), passthrough (route only, the client keeps its own credential), exchange (short-lived Copilot tokens) or auto.',
    default: 'auto',
    group: 'Copilot',
    kind: 'enum',
    values: ['auto', 'inject', 'passthrough', 'exchange'],
  },
  'copilot-integration-id': {
    description:
      'Copilot-Integration-Id for the checks of this step and for requests that bring none. Without it copilot-developer-cli.',
    default: '',
    group: 'Copilot',
    kind: 'text',
  },
  'copilot-model': {
    description:
      'Model that must be in the listing of the Copilot API; if it is not, the error names the nearest ones. With `provider-type: azure` it is a deployment, which no listing has.',
    default: '',
    group: 'Copilot',
    kind: 'text',
  },
  'copilot-mcp': {
    description: 'allow lends the Copilot credential also for /mcp/* and /agents/* of the Copilot API.',
    default: 'deny',
    group: 'Copilot',
    kind: 'enum',
    values: ['deny', 'allow'],
  },
  'openai-api-key': {
    description: 'OpenAI API key. `none` = OpenAI is not configured; empty = the secret is missing.',
    default: NOT_CONFIGURED,
    group: 'OpenAI',
    kind: 'secret',
  },
  'openai-base-url': {
    description: 'Other base URL than https://api.openai.com/v1, version segment included.',
    default: '',
    group: 'OpenAI',
    kind: 'url',
  },
  'anthropic-api-key': {
    description:
      'Anthropic API key (sk-ant-api…) or OAuth token (sk-ant-oat…). `none` = Anthropic is not configured; empty = the secret is missing.',
    default: NOT_CONFIGURED,
    group: 'Anthropic',
    kind: 'secret',
  },
  'anthropic-base-url': {
    description: 'Other base URL than https://api.anthropic.com.',
    default: '',
    group: 'Anthropic',
    kind: 'url',
  },
  'gemini-api-key': {
    description: 'Gemini API key. `none` = Gemini is not configured; empty = the secret is missing.',
    default: NOT_CONFIGURED,
    group: 'Google',
    kind: 'secret',
  },
  'gemini-base-url': {
    description: 'Other base URL than https://generativelanguage.googleapis.com.',
    default: '',
    group: 'Google',
    kind: 'url',
  },
  'google-api-key': {
    description:
      'Google Cloud API key for Vertex AI. `none` = Vertex AI is not configured; empty = the secret is missing.',
    default: NOT_CONFIGURED,
    group: 'Google',
    kind: 'secret',
  },
  'vertex-base-url': {
    description: 'Other base URL than https://aiplatform.googleapis.com.',
    default: '',
    group: 'Google',
    kind: 'url',
  },
  'provider-base-url': {
    description:
      'Base URL of a provider or gateway of your own; scheme, port and path are honoured. With `provider-type: bedrock` it follows from aws-region when left out.',
    default: '',
    group: 'Own provider',
    kind: 'url',
  },
  'provider-type': {
    description: 'API that this provider speaks.',
    default: 'openai',
    group: 'Own provider',
    kind: 'enum',
    values: ['openai', 'azure', 'anthropic', 'bedrock'],
  },
  'provider-api-key': {
    description: 'Its key. `none` = it wants no key; empty = the secret is missing.',
    default: NOT_CONFIGURED,
    group: 'Own provider',
    kind: 'secret',
  },
  'provider-auth-header': {
    description: 'Header that carries the key where it is not the usual one of provider-type. The key is sent as is.',
    default: '',
    group: 'Own provider',
    kind: 'text',
  },
  'provider-headers': {
    description:
      'Further headers for every request to it, as lines of `Name: value`. The values are treated as secrets.',
    default: '',
    group: 'Own provider',
    kind: 'headers',
  },
} as const satisfies { readonly [name: string]: InputRow }
