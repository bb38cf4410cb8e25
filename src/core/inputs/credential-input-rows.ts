import type { InputRow } from './input-row.ts'

/**
 * Where the credential of each provider comes from when it is not a key in the workflow. What the values of `<p>-credential`
 * need beside them stands in source-table.ts.
 */
export const CREDENTIAL_INPUTS = {
  'copilot-credential': {
    description:
      'Where the credential of Copilot comes from. auto = from the inputs given; two sources at once are an error.',
    default: 'auto',
    group: 'Copilot',
    kind: 'enum',
    values: ['auto', 'static', 'command', 'file', 'oauth', 'github-app'],
  },
  'copilot-github-token-command': {
    description:
      'Program that prints this credential: a JSON array of program and arguments, or one line for the shell of command-shell. It is run again whenever the credential has to be renewed.',
    default: '',
    group: 'Copilot',
    kind: 'command',
  },
  'copilot-github-token-file': {
    description: 'File that holds this credential; it is read again when it changes.',
    default: '',
    group: 'Copilot',
    kind: 'path',
  },
  'openai-credential': {
    description:
      'Where the credential of OpenAI comes from. auto = from the inputs given; two sources at once are an error.',
    default: 'auto',
    group: 'OpenAI',
    kind: 'enum',
    values: ['auto', 'static', 'command', 'file', 'oauth', 'azure', 'openai'],
  },
  'openai-api-key-command': {
    description:
      'Program that prints this credential: a JSON array of program and arguments, or one line for the shell of command-shell. It is run again whenever the credential has to be renewed.',
    default: '',
    group: 'OpenAI',
    kind: 'command',
  },
  'openai-api-key-file': {
    description: 'File that holds this credential; it is read again when it changes.',
    default: '',
    group: 'OpenAI',
    kind: 'path',
  },
  'anthropic-credential': {
    description:
      'Where the credential of Anthropic comes from. auto = from the inputs given; two sources at once are an error.',
    default: 'auto',
    group: 'Anthropic',
    kind: 'enum',
    values: ['auto', 'static', 'command', 'file', 'oauth', 'azure', 'anthropic'],
  },
  'anthropic-api-key-command': {
    description:
      'Program that prints this credential: a JSON array of program and arguments, or one line for the shell of command-shell. It is run again whenever the credential has to be renewed.',
    default: '',
    group: 'Anthropic',
    kind: 'command',
  },
  'anthropic-api-key-file': {
    description: 'File that holds this credential; it is read again when it changes.',
    default: '',
    group: 'Anthropic',
    kind: 'path',
  },
  'gemini-credential': {
    description:
      'Where the credential of Gemini comes from. auto = from the inputs given; two sources at once are an error.',
    default: 'auto',
    group: 'Google',
    kind: 'enum',
    values: ['auto', 'static', 'command', 'file', 'oauth', 'gcp'],
  },
  'gemini-api-key-command': {
    description:
      'Program that prints this credential: a JSON array of program and arguments, or one line for the shell of command-shell. It is run again whenever the credential has to be renewed.',
    default: '',
    group: 'Google',
    kind: 'command',
  },
  'gemini-api-key-file': {
    description: 'File that holds this credential; it is read again when it changes.',
    default: '',
    group: 'Google',
    kind: 'path',
  },
  'vertex-credential': {
    description:
      'Where the credential of Vertex AI comes from. auto = from the inputs given; two sources at once are an error.',
    default: 'auto',
    group: 'Google',
    kind: 'enum',
    values: ['auto', 'static', 'command', 'file', 'oauth', 'gcp'],
  },
  'google-api-key-command': {
    description:
      'Program that prints this credential: a JSON array of program and arguments, or one line for the shell of command-shell. It is run again whenever the credential has to be renewed.',
    default: '',
    group: 'Google',
    kind: 'command',
  },
  'google-api-key-file': {
    description: 'File that holds this credential; it is read again when it changes.',
    default: '',
    group: 'Google',
    kind: 'path',
  },
  'provider-credential': {
    description:
      'Where the credential of your own provider comes from. auto = from the inputs given; two sources at once are an error.',
    default: 'auto',
    group: 'Own provider',
    kind: 'enum',
    values: ['auto', 'static', 'command', 'file', 'oauth', 'azure', 'aws', 'gcp', 'none'],
  },
  'provider-api-key-command': {
    description:
      'Program that prints this credential: a JSON array of program and arguments, or one line for the shell of command-shell. It is run again whenever the credential has to be renewed.',
    default: '',
    group: 'Own provider',
    kind: 'command',
  },
  'provider-api-key-file': {
    description: 'File that holds this credential; it is read again when it changes.',
    default: '',
    group: 'Own provider',
    kind: 'path',
  },
} as const satisfies { readonly [name: string]: InputRow }
