import type { ProcessIdentity } from './process-identity.ts'

/**
 * One thing that the guard did to the machine, as what takes it back. Plain data: the running guard and the next one, which may
 * find it in the journal of a dead one, do the same with it. Each can be taken back twice without harm.
 */
export type UndoStep =
  | ({ readonly kind: 'process' } & ProcessIdentity)
  /** nft text that removes the table. */
  | { readonly kind: 'rules'; readonly text: string }
  /** Arguments of `ip` that remove a route of ours. */
  | { readonly kind: 'route'; readonly remove: readonly string[] }
  | { readonly kind: 'file'; readonly path: string }
  /** Only if it is empty. */
  | { readonly kind: 'directory'; readonly path: string }
  /** With all that is in it. */
  | { readonly kind: 'tree'; readonly path: string }
  | ({ readonly kind: 'access' } & AccessRecord)
  /** Unmounted until no more than `below` mounts lie there: those that were there before us. */
  | { readonly kind: 'mount'; readonly path: string; readonly below: number }
  | { readonly kind: 'setting'; readonly path: string; readonly value: string }

/** Who could do what with a file before; device and inode say whether it is still that file. */
export interface AccessRecord {
  readonly path: string
  readonly device: number
  readonly inode: number
  readonly uid: number
  readonly gid: number
  /** Permission bits. */
  readonly mode: number
}
