import type { InputName } from '../core/inputs/input-table.ts'
import type { Verbosity } from './terminal-runner.ts'

/** Inputs given as options, by name. */
export type Flags = ReadonlyMap<InputName, string>

export interface Display {
  readonly verbosity: Verbosity
  readonly isColoured: boolean
}

export interface RunOptions {
  readonly flags: Flags
  readonly display: Display
  /** Program and arguments. */
  readonly command: readonly string[]
}

export interface CheckOptions {
  readonly flags: Flags
  readonly display: Display
  readonly isJson: boolean
}

export interface DomainsOptions {
  readonly flags: Flags
  readonly form: 'lines' | 'json' | 'awf' | 'squid'
  /** With the services that a runner needs, as in a workflow. */
  readonly hasRunner: boolean
}

export interface ExplainOptions {
  readonly flags: Flags
  readonly words: readonly string[]
  readonly hasRunner: boolean
}

/** What the command line asks for, parsed once. */
export type Request =
  | ({ readonly kind: 'run' } & RunOptions)
  | ({ readonly kind: 'check' } & CheckOptions)
  | ({ readonly kind: 'domains' } & DomainsOptions)
  | ({ readonly kind: 'explain' } & ExplainOptions)
  /** Help and version have been written, or what is wrong has been said. */
  | { readonly kind: 'done'; readonly code: number }
