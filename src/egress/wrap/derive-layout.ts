import { realpathSync, statSync } from 'node:fs'
import path from 'node:path'
import type { BridgeLaunch } from '../../core/wrapper/agent-exec-config.ts'
import { type InnerLayout, SHELL_VARIABLES } from '../../core/wrapper/render-wrapping.ts'

/** Always hidden: sockets of services that fetch for others or give root away, and memory shared with processes outside. */
const ALWAYS_HIDDEN = ['/run', '/var/run', '/dev/shm', '/var/snap/lxd/common/lxd', '/var/lib/incus']

/**
 * What the command sees of the file system: everything that its user sees, without the hidden paths.
 * @throws Error when the command would start in a hidden directory
 */
export function deriveLayout(launch: BridgeLaunch): Omit<InnerLayout, 'seccompFd' | 'resolvConfFd'> {
  const { config, cwd, uid, gid, environment } = launch
  const hidden = listOutermost([
    ...ALWAYS_HIDDEN,
    realpathSync(path.dirname(config.relaySocket)),
    ...config.hiddenPaths,
  ])
  const isHidden = (place: string): boolean => hidden.some((root) => isWithin(place, root))
  if (isHidden(cwd)) throw new Error(`the current directory ${cwd} is hidden from the command; start it elsewhere`)
  const resolvConf = resolve('/etc/resolv.conf')
  return {
    uid,
    gid,
    cwd,
    shellVariables: Object.fromEntries(SHELL_VARIABLES.map((name) => [name, environment[name] ?? null])),
    readOnlyPaths: listOutermost(config.readOnlyPaths).filter((place) => !isHidden(place)),
    hiddenDirectories: hidden.filter((place) => statSync(place).isDirectory()),
    hiddenFiles: hidden.filter((place) => !statSync(place).isDirectory()),
    resolvConf: resolvConf !== undefined && isHidden(resolvConf) ? resolvConf : null,
  }
}

/** Existing paths without links, none inside another. */
function listOutermost(paths: readonly string[]): string[] {
  const real = [...new Set(paths.map(resolve).filter((place) => place !== undefined))]
  return real.filter((place) => !real.some((root) => root !== place && isWithin(place, root))).sort()
}

function isWithin(place: string, root: string): boolean {
  return place === root || place.startsWith(root.endsWith('/') ? root : `${root}/`)
}

/** What cannot be found by this user cannot be found by the command either. */
function resolve(place: string): string | undefined {
  try {
    return realpathSync(place)
  } catch {
    return undefined
  }
}
