import type { WrapTools } from './agent-exec-config.ts'
import { renderShellWord } from './render-shell-word.ts'

/**
 * Two layers. The outer one is a user and a network namespace: the bridge lives in it, with rights over that network and with the
 * host's file system. The inner one is the command's: a user namespace below, so that nothing in it has rights over the network,
 * whatever it becomes; process, mount and ipc namespaces, in which neither the bridge nor the relay's socket exists.
 */
export interface InnerLayout {
  /** The user as everybody outside sees it. */
  readonly uid: number
  readonly gid: number
  readonly cwd: string
  /** What the user's environment has for each of {@link SHELL_VARIABLES}; null = not set. */
  readonly shellVariables: Readonly<Record<string, string | null>>
  readonly readOnlyPaths: readonly string[]
  readonly hiddenDirectories: readonly string[]
  readonly hiddenFiles: readonly string[]
  /** Where /etc/resolv.conf leads, if that is hidden; it gets {@link RESOLV_CONF}. */
  readonly resolvConf: string | null
  /** Descriptors to read from; null = none. */
  readonly seccompFd: number | null
  readonly resolvConfFd: number | null
}

/** Any address would do: port 53 is redirected wherever it goes. */
export const RESOLV_CONF = 'nameserver 127.0.0.1\n'

/** What the programs in between change on their own; none of it is secret, so it may be said in arguments. */
export const SHELL_VARIABLES = ['PWD', 'OLDPWD', 'SHLVL', '_'] as const

const SIGNALS = 'INT,QUIT,TERM,HUP,USR1,USR2'

/** Argument vector that runs `inside` as root of a user namespace with a network of its own that has no way out. */
export function renderOuter(tools: WrapTools, inside: readonly string[]): string[] {
  const argv =
    tools.method === 'bwrap'
      ? [tools.bwrap, ...OUTER_BWRAP, '--', ...inside]
      : [tools.unshare, '--user', '--map-root-user', '--net', '--', ...inside]
  return [...renderDeaf(tools), ...argv]
}

const OUTER_BWRAP = '--unshare-user --unshare-net --uid 0 --gid 0 --cap-add ALL --die-with-parent --dev-bind / /'.split(
  ' ',
)

/** Argument vector, to be run by the bridge, that runs the command without any right over the outer layer. */
export function renderInner(tools: WrapTools, layout: InnerLayout, command: readonly string[]): string[] {
  const inside = [...renderHearing(tools, layout.shellVariables), ...command]
  if (tools.method === 'bwrap') return [...renderDeaf(tools), tools.bwrap, ...renderBwrap(layout), '--', ...inside]
  // Bridge gone, all gone: setpriv ties the waiting process to the bridge, --kill-child the command to the waiting process.
  const wait = [tools.setpriv, '--pdeathsig', 'KILL', tools.unshare, ...INNER_UNSHARE]
  return [...renderDeaf(tools), ...wait, tools.shell, '-c', renderScript(tools, layout), 'sh', ...inside]
}

const INNER_UNSHARE = '--mount --propagation private --pid --ipc --fork --kill-child --'.split(' ')

/**
 * A signal for the whole process group reaches the waiting processes too. They must outlive it, or the command would be killed
 * before it could end in its own way.
 */
function renderDeaf({ env }: WrapTools): string[] {
  return env === null ? [] : [env, `--ignore-signal=${SIGNALS}`]
}

function renderHearing({ env }: WrapTools, variables: InnerLayout['shellVariables']): string[] {
  if (env === null) return []
  const settings = Object.entries(variables)
  const unset = settings.flatMap(([name, value]) => (value === null ? [`--unset=${name}`] : []))
  const set = settings.flatMap(([name, value]) => (value === null ? [] : [`${name}=${value}`]))
  return [env, `--default-signal=${SIGNALS}`, ...unset, ...set]
}

function renderBwrap(layout: InnerLayout): string[] {
  const { uid, gid, cwd, resolvConf, resolvConfFd, seccompFd } = layout
  return [
    ...['--unshare-user', '--uid', `${uid}`, '--gid', `${gid}`, '--unshare-pid', '--unshare-ipc', '--die-with-parent'],
    ...['--dev-bind', '/', '/', '--proc', '/proc'],
    ...layout.readOnlyPaths.flatMap((path) => ['--ro-bind', path, path]),
    ...layout.hiddenDirectories.flatMap((path) => ['--tmpfs', path]),
    ...layout.hiddenFiles.flatMap((path) => ['--ro-bind', '/dev/null', path]),
    ...(resolvConf === null || resolvConfFd === null ? [] : ['--ro-bind-data', `${resolvConfFd}`, resolvConf]),
    ...(seccompFd === null ? [] : ['--seccomp', `${seccompFd}`]),
    ...['--cap-drop', 'ALL', '--chdir', cwd],
  ]
}

type UnshareTools = Extract<WrapTools, { method: 'unshare' }>

/** The mounts, then the step down. The shell that stays as process 1 waits for everybody and has no rights either. */
function renderScript(tools: UnshareTools, layout: InnerLayout): string {
  const mount = renderShellWord(tools.mount)
  const ids = `--map-user=${layout.uid} --map-group=${layout.gid}`
  const drop = '--no-new-privs --bounding-set=-all --inh-caps=-all --ambient-caps=-all'
  return [
    'set -e',
    `${mount} -t proc -o nosuid,nodev,noexec proc /proc`,
    ...layout.readOnlyPaths
      .map(renderShellWord)
      .map((path) => `${mount} --bind ${path} ${path}; ${renderReadOnly(mount, path)}`),
    ...layout.hiddenDirectories.map(renderShellWord).map((path) => `${mount} -t tmpfs -o mode=755 tmpfs ${path}`),
    ...layout.hiddenFiles.map(renderShellWord).map((path) => `${mount} --bind /dev/null ${path}`),
    ...(layout.resolvConf === null ? [] : [renderResolvConf(layout.resolvConf)]),
    // The directory that was entered before the mounts may now lie below one of them.
    `cd ${renderShellWord(layout.cwd)}`,
    `exec ${renderShellWord(tools.unshare)} --user ${ids} --keep-caps -- ${renderShellWord(tools.setpriv)} ${drop} -- ` +
      `${renderShellWord(tools.shell)} -c ${renderShellWord(WAIT)} sh "$@"`,
  ].join('\n')
}

/** The shell's own remarks on how the command ended are nobody's business. */
const WAIT = 'exec 9>&2 2>/dev/null; "$@" 2>&9 9>&-; exit $?'

/** Flags that the mount below has are locked here and must be named again. */
function renderReadOnly(mount: string, path: string): string {
  return ['ro', 'ro,nosuid,nodev', 'ro,nosuid,nodev,noexec']
    .map((flags) => `${mount} -o remount,bind,${flags} ${path} 2>/dev/null`)
    .join(' || ')
}

function renderResolvConf(file: string): string {
  const directory = file.slice(0, file.lastIndexOf('/'))
  return `mkdir -p ${renderShellWord(directory)}; printf %s ${renderShellWord(RESOLV_CONF)} > ${renderShellWord(file)}`
}
