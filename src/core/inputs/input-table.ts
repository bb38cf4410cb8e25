// size: one table, one row per input; splitting it would hide inputs from each other
import { CREDENTIAL_INPUTS } from './credential-input-rows.ts'
import { FIREWALL_INPUTS } from './firewall-input-rows.ts'
import { type InputRow, NOT_CONFIGURED } from './input-row.ts'
import { SOURCE_INPUTS } from './source-input-rows.ts'

const MAX_COUNT = Number.MAX_SAFE_INTEGER

/**
 * Every input of the action, one row each, in the order of the README. `action.yml`, the README table, the parser and the keys
 * of `config` are all made from this table.
 */
export const INPUTS = {
  'github-server-url': {
    description:
      'Web address of the GitHub that decides the hosts: https://github.com, https://<tenant>.ghe.com or the URL of a GitHub Enterprise Server.',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: an expression of the workflow language
    default: '${{ github.server_url }}',
    group: 'GitHub',
    kind: 'url',
  },
  'github-api-url': {
    description: 'REST base of the same GitHub. A contradiction to github-server-url is an error.',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: an expression of the workflow language
    default: '${{ github.api_url }}',
    group: 'GitHub',
    kind: 'url',
  },
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
      'Model for Copilot CLI. It must be in the listing of the Copilot API or of your own provider; if it is not, the error names the nearest ones. With `provider-type: azure` it is a deployment, which no listing has.',
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
  ...CREDENTIAL_INPUTS,
  ...SOURCE_INPUTS,
  validate: {
    description:
      'strict: a rejected key fails this step. warn: it is a warning. off: nothing is asked of the providers; the shape of the secrets is checked all the same.',
    default: 'strict',
    group: 'Checks',
    kind: 'enum',
    values: ['strict', 'warn', 'off'],
  },
  'on-missing': {
    description:
      'What an empty secret, or a missing right to ask for an identity token, does: fail the step, or skip its provider (pull requests from forks have neither).',
    default: 'fail',
    group: 'Checks',
    kind: 'enum',
    values: ['fail', 'skip'],
  },
  ...FIREWALL_INPUTS,
  'client-auth': {
    description:
      'Who is served: token = only who shows the token of this run; auto = on Linux also requests without a credential from the runner’s own user; none = everyone who reaches the port.',
    default: 'auto',
    group: 'Sidecar',
    kind: 'enum',
    values: ['auto', 'token', 'none'],
  },
  'listen-address': {
    description: 'IP address to listen on. Anything but loopback requires `client-auth: token`.',
    default: '127.0.0.1',
    group: 'Sidecar',
    kind: 'address',
  },
  'ca-bundle': {
    description: 'Path or PEM text of certificates to trust beside the usual ones.',
    default: '',
    group: 'Sidecar',
    kind: 'path',
  },
  'upstream-proxy': {
    description:
      'Corporate proxy for the way to the providers. Without it HTTPS_PROXY, HTTP_PROXY and NO_PROXY of the job apply.',
    default: '',
    group: 'Sidecar',
    kind: 'secret-url',
  },
  'stream-idle-timeout': {
    description: 'Seconds without a byte after which a stream is given up, 60 to 86400.',
    default: '900',
    group: 'Sidecar',
    kind: 'seconds',
    min: 60,
    max: 86_400,
  },
  'max-requests': {
    description: 'Requests that the whole run may make. Empty = no limit.',
    default: '',
    group: 'Sidecar',
    kind: 'integer',
    min: 1,
    max: MAX_COUNT,
  },
  'max-tokens': {
    description: 'Tokens (input and output) that the whole run may use. Empty = no limit.',
    default: '',
    group: 'Sidecar',
    kind: 'integer',
    min: 1,
    max: MAX_COUNT,
  },
  'log-level': {
    description: 'How much the sidecar’s own log says.',
    default: 'info',
    group: 'Record',
    kind: 'enum',
    values: ['error', 'info', 'debug'],
  },
  'log-directory': {
    description:
      'Directory for the access log and the sidecar’s own log. Without it a directory of the runner’s temporary files. At the enforced level the logs are written where the agent cannot, and copied here in the post step.',
    default: '',
    group: 'Record',
    kind: 'path',
  },
  summary: {
    description: 'Whether the post step writes a job summary.',
    default: 'true',
    group: 'Record',
    kind: 'boolean',
  },
  config: {
    description:
      'The same inputs as one YAML mapping, or the path of such a file. An input given here and directly with different values is an error.',
    default: '',
    group: 'Record',
    kind: 'config',
  },
} as const satisfies { readonly [name: string]: InputRow }

export type InputName = keyof typeof INPUTS

export const INPUT_NAMES = Object.keys(INPUTS) as readonly InputName[]

/** True for exactly the name of an input. */
export function isInputName(text: string): text is InputName {
  return Object.hasOwn(INPUTS, text)
}
