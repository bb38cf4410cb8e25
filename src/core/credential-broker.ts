/**
 * What the supervisor and the guard agree on where the sidecar has a uid of its own. Credential programs and files belong to the
 * runner's user, whom the supervisor cannot become: the guard, which is root, starts the credential process for it and carries
 * messages, without reading them, between the two. All of it over Node's IPC channel of the supervisor.
 */
export type ToBroker =
  /** Starts another one; `number` names it in what follows. */
  | { readonly kind: 'start'; readonly number: number; readonly rights: CredentialRights }
  | { readonly kind: 'send'; readonly number: number; readonly message: unknown }
  /** Ends it with every command that it runs. */
  | { readonly kind: 'end'; readonly number: number }

export type FromBroker =
  | { readonly kind: 'received'; readonly number: number; readonly message: unknown }
  /** After everything that it said. */
  | { readonly kind: 'gone'; readonly number: number; readonly how: string }

/** As narrow as the sources: no child without a command, no file but those named. */
export interface CredentialRights {
  readonly mayStartPrograms: boolean
  readonly readableFiles: readonly string[]
}

/** Arguments of node for a credential process whose program text comes over stdin. */
export function deriveCredentialArguments({ mayStartPrograms, readableFiles }: CredentialRights): string[] {
  return [
    '--disable-sigusr1',
    '--permission',
    ...(mayStartPrograms ? ['--allow-child-process'] : []),
    ...readableFiles.map((path) => `--allow-fs-read=${path}`),
    '--disable-warning=SecurityWarning',
    '--max-semi-space-size=1',
    '--input-type=module',
    '-',
  ]
}
