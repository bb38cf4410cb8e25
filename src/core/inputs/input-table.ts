import { LOG_LEVELS } from '../log-level.ts'
import { CREDENTIAL_INPUTS } from './credential-input-rows.ts'
import { FIREWALL_INPUTS } from './firewall-input-rows.ts'
import type { InputRow } from './input-row.ts'
import { PROVIDER_INPUTS } from './provider-input-rows.ts'
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
  ...PROVIDER_INPUTS,
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
    description:
      'How much the sidecar’s own log says. `error`: what must not happen. `info`: also what it survived, a credential that was refused, and its end. `debug`: also the normal course, each connection included.',
    default: 'info',
    group: 'Record',
    kind: 'enum',
    values: LOG_LEVELS,
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
