import { spawnSync } from 'node:child_process'

/** How the namespaces are entered here, and who the agent will be inside. */
export type Isolation =
  | { readonly kind: 'possible'; readonly command: readonly string[]; readonly agent: AgentIdentity }
  | { readonly kind: 'impossible'; readonly reason: string }

/** `uid`: another user of this machine. `namespace`: the same user, under this number in a user namespace of its own. */
export type AgentIdentity =
  | { readonly kind: 'uid'; readonly uid: number; readonly gid: number }
  | { readonly kind: 'namespace'; readonly uid: number }

const NOBODY = 65534
// Claude Code refuses to run as uid 0, which is who we are inside a user namespace.
const INNER_UID = 1000

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
    return { kind: 'possible', command: ['unshare', ...NAMESPACES], agent: { kind: 'uid', uid: NOBODY, gid: NOBODY } }
  }
  if (uid !== 0 && succeeds(['sudo', '-n', 'unshare', ...NAMESPACES, 'true'])) {
    return { kind: 'possible', command: ['sudo', '-n', 'unshare', ...NAMESPACES], agent: { kind: 'uid', uid, gid } }
  }
  const userNamespace = ['unshare', '--user', '--map-root-user', ...NAMESPACES]
  if (uid !== 0 && succeeds([...userNamespace, 'unshare', '--user', `--map-user=${INNER_UID}`, 'true'])) {
    return { kind: 'possible', command: userNamespace, agent: { kind: 'namespace', uid: INNER_UID } }
  }
  return { kind: 'impossible', reason: 'neither root nor sudo nor unprivileged user namespaces are available here' }
}

function succeeds([command = '', ...args]: readonly string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0
}
