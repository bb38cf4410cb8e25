import type { CommandSource, FileSource } from '../core/credentials/source.ts'
import type { ProviderId } from '../core/providers/provider.ts'
import type { SourceRequest, SourceResult } from './ipc.ts'

/** A source that only the credential process may touch. */
export interface LocalSource {
  readonly provider: ProviderId
  readonly source: CommandSource | FileSource
}

/** All that the credential process ever knows: no key, no token of the run. */
export interface CredentialProcessConfig {
  readonly sources: readonly LocalSource[]
  /** Variables captured at set-up; each command gets those of the fixed list and those its source names. */
  readonly variables: Readonly<Record<string, string>>
  /** Those of the values that must not stand in what a command printed on standard error. */
  readonly confidential: readonly string[]
  /** Where commands run: the runner's directory for temporary files, never the checkout. */
  readonly workDirectory: string
}

export type ToCredentialProcess =
  | { readonly kind: 'boot'; readonly config: CredentialProcessConfig }
  /** Answered by `result` with the same id. */
  | { readonly kind: 'request'; readonly id: number; readonly request: SourceRequest }

export type FromCredentialProcess =
  | { readonly kind: 'result'; readonly id: number; readonly result: SourceResult }
  | { readonly kind: 'changed'; readonly provider: ProviderId }
  /** A command leads this process group. The supervisor ends what a credential process leaves behind when it dies. */
  | { readonly kind: 'group-started'; readonly group: number }
  | { readonly kind: 'group-ended'; readonly group: number }
