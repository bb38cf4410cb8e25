/** How the text of an input is read. */
export type InputKind =
  | 'url'
  | 'host-or-url'
  | 'secret'
  | 'secret-url'
  | 'pem'
  | 'enum'
  | 'boolean'
  | 'integer'
  | 'seconds'
  | 'bytes'
  | 'text'
  | 'list'
  | 'command'
  | 'headers'
  | 'address'
  | 'path'
  | 'config'
  | 'rules'
  | 'networks'

export type InputGroup =
  | 'GitHub'
  | 'Copilot'
  | 'OpenAI'
  | 'Anthropic'
  | 'Google'
  | 'Own provider'
  | 'Credential sources'
  | 'Renewal'
  | 'Checks'
  | 'Firewall'
  | 'Sidecar'
  | 'Record'

export interface InputRow {
  /** One plain sentence or two; becomes the description in action.yml and the README. */
  readonly description: string
  /** Exactly as in action.yml; empty = there is none. */
  readonly default: string
  readonly group: InputGroup
  readonly kind: InputKind
  /** Allowed values of an `enum`. */
  readonly values?: readonly string[]
  /** Bounds of `integer`, `seconds` and `bytes`, both allowed. */
  readonly min?: number
  readonly max?: number
  /** What replaces the input; the runner prints it as a warning. */
  readonly deprecated?: string
}

/** The value of a key input that says: this provider is not wanted. An empty text says: the secret is missing. */
export const NOT_CONFIGURED = 'none'
