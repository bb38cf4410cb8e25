import { type Dirent, existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { recordAccess, withPinnedFile } from '../pinned-file.ts'
import type { LockContext } from './lock.ts'

/** Programs that start others as root for whoever may open their socket. */
const ENGINES = 'docker|dockershim|containerd|podman|lxd|incus|crio|buildkitd?|cri-dockerd|nerdctl|balena-engine'
const SOCKET_NAME = new RegExp(`^(${ENGINES})([-.].*)?\\.(sock|socket)$`)
const ENGINE_DIRECTORY = new RegExp(`^(${ENGINES})$`)
/** Deep enough for /run/k3s/containerd/containerd.sock. */
const MAX_DEPTH = 4
const PLACES = ['/run', '/var/run', '/var/lib/lxd', '/var/lib/incus', '/var/snap/lxd/common/lxd']
const DOCKER_TCP_PORT = 2375

const DOCKER_TCP =
  'Something listens on port 2375, where docker takes commands without asking who gives them: whoever reaches it is root.'

/**
 * Takes the sockets of container engines from everybody but root. Group membership cannot be taken: a process that runs has its
 * groups for good, and so has every later step. A socket that nobody else may open is one that a group is no use for.
 */
export function lockGroupSockets({ choices, journal }: LockContext): readonly string[] {
  const sockets = [...new Set(PLACES.filter(isRealDirectory).flatMap((place) => findSockets(place, 0)))]
  const limits = isDockerOnTcp() ? [DOCKER_TCP] : []
  if (choices.docker === 'keep') return sockets.length === 0 ? limits : [...limits, renderKept(sockets)]
  for (const path of sockets) {
    withPinnedFile(path, (file) => {
      if (!isSocket(Number(file.stats.mode))) return
      journal.note({ kind: 'access', ...recordAccess(path, file.stats) })
      file.give({ uid: 0, gid: 0, mode: 0o600 })
    })
  }
  return limits
}

function renderKept(sockets: readonly string[]): string {
  return `${sockets.join(', ')} ${sockets.length === 1 ? 'stays' : 'stay'} open (docker: keep): who may use a container engine is root and can take the firewall and the keys away, so both only guard against accidents.`
}

/** Sockets of engines that run as root. Engines of a user's own run with that user's rights, and are filtered like it. */
function findSockets(directory: string, depth: number): string[] {
  const isEngine = ENGINE_DIRECTORY.test(directory.split('/').at(-1) ?? '')
  return readEntries(directory).flatMap((entry) => {
    const path = join(directory, entry.name)
    if (entry.isDirectory()) return depth < MAX_DEPTH && path !== '/run/user' ? findSockets(path, depth + 1) : []
    const isNamed = SOCKET_NAME.test(entry.name) || (isEngine && /\.(sock|socket)$/.test(entry.name))
    return entry.isSocket() && isNamed && lstatSync(path, { throwIfNoEntry: false })?.uid === 0 ? [path] : []
  })
}

function readEntries(directory: string): Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true })
  } catch {
    return []
  }
}

function isRealDirectory(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}

function isSocket(mode: number): boolean {
  return (mode & 0o170000) === 0o140000
}

function isDockerOnTcp(): boolean {
  const port = DOCKER_TCP_PORT.toString(16).toUpperCase().padStart(4, '0')
  return ['/proc/net/tcp', '/proc/net/tcp6']
    .filter(existsSync)
    .some((path) => new RegExp(`:${port} [0-9A-F]+:0000 0A `).test(readFileSync(path, 'latin1')))
}
