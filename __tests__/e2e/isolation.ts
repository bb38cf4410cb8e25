import { spawnSync } from 'node:child_process'

/** How the namespaces are entered here, and who the agent will be inside. */
export type Isolation =
  | { readonly kind: 'possible'; readonly command: readonly string[]; readonly user: AgentUser }
  | { readonly kind: 'impossible'; readonly reason: string }

/** `prefix` goes before every command that runs as the unprivileged user; `uid` is what files must belong to. */
export interface AgentUser {
  readonly prefix: readonly string[]
  readonly uid: number
  readonly gid: number
}

const NAMESPACES = ['--net', '--mount', '--pid', '--fork', '--mount-proc', '--kill-child']

export interface Host {
  readonly platform: string
  readonly getuid?: (() => number) | undefined
  readonly getgid?: (() => number) | undefined
}

/** Root is best, sudo without a password as good, a user namespace the last resort. */
export function decideIsolation(host: Host): Isolation {
  if (host.platform !== 'linux') return { kind: 'impossible', reason: 'network namespaces exist only on Linux' }
  const uid = host.getuid?.() ?? 0
  const gid = host.getgid?.() ?? 0
  if (!succeeds(['unshare', '--version']) || !succeeds(['setpriv', '--version'])) {
    return { kind: 'impossible', reason: 'util-linux (unshare, setpriv) is not installed' }
  }
  if (uid === 0 && succeeds(['unshare', ...NAMESPACES, 'true'])) {
    return { kind: 'possible', command: ['unshare', ...NAMESPACES], user: dropTo(65534, 65534) }
  }
  if (uid !== 0 && succeeds(['sudo', '-n', 'unshare', ...NAMESPACES, 'true'])) {
    return { kind: 'possible', command: ['sudo', '-n', 'unshare', ...NAMESPACES], user: dropTo(uid, gid) }
  }
  const userNamespace = ['unshare', '--user', '--map-root-user', ...NAMESPACES]
  if (uid !== 0 && succeeds([...userNamespace, 'unshare', ...INNER, 'true'])) {
    return { kind: 'possible', command: userNamespace, user: { prefix: ['unshare', ...INNER], uid: 0, gid: 0 } }
  }
  return { kind: 'impossible', reason: 'neither root nor sudo nor unprivileged user namespaces are available here' }
}

// Claude Code refuses to run as uid 0, so inside a user namespace the agent gets a second one where it has another number.
const INNER = ['--user', '--map-user=1000', '--map-group=1000']

function dropTo(uid: number, gid: number): AgentUser {
  return { prefix: ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups'], uid, gid }
}

function succeeds([command = '', ...args]: readonly string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0
}
