import { requireTool } from './run-tool.ts'

export interface Identity {
  readonly uid: number
  readonly gid: number
  /** Supplementary groups. */
  readonly groups: readonly number[]
}

/** Of a process that works for us: it never gets a right that it was not started with. */
const WITHOUT_RIGHTS = ['--no-new-privs', '--bounding-set=-all', '--inh-caps=-all'] as const

export interface UnprivilegedCommand {
  readonly identity: Identity
  /** False for programs of the user, which may be setuid as ever. */
  readonly isConfined: boolean
  readonly command: readonly string[]
}

/**
 * A command that gives up root before it runs, and that the kernel kills when the guard dies: without the guard nobody logs,
 * restarts or takes back, so nothing of ours may go on. Node's own `uid` option would leave it the guard's groups.
 */
export function deriveUnprivilegedCommand({ identity, isConfined, command }: UnprivilegedCommand): string[] {
  const groups = identity.groups.length === 0 ? '--clear-groups' : `--groups=${identity.groups.join(',')}`
  return [
    requireTool('setpriv', 'util-linux'),
    `--reuid=${identity.uid}`,
    `--regid=${identity.gid}`,
    groups,
    '--pdeathsig=KILL',
    ...(isConfined ? WITHOUT_RIGHTS : []),
    '--',
    ...command,
  ]
}
