import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { access, constants, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseNameservers } from '../../core/parse-resolv-conf.ts'
import { GUARD_DIRECTORY } from './guard-directory.ts'

const SUDO = '/usr/bin/sudo'
const NFT_PATHS = ['/usr/sbin/nft', '/sbin/nft', '/usr/bin/nft']
const GUARD_LOCK = join(GUARD_DIRECTORY, 'guard.json')
const SUDO_TIMEOUT_MS = 10_000

/** Whether this job can become root: it is root, or sudo lets it without a password. */
export async function probeRoot(uid: number | null): Promise<'works' | 'no-sudo' | 'sudo-asks'> {
  if (uid === 0) return 'works'
  if (!(await isExecutable(SUDO))) return 'no-sudo'
  const child = spawn(SUDO, ['-n', 'true'], { stdio: 'ignore', timeout: SUDO_TIMEOUT_MS, killSignal: 'SIGKILL' })
  try {
    const [code] = await once(child, 'exit')
    return code === 0 ? 'works' : 'sudo-asks'
  } catch {
    return 'no-sudo'
  }
}

/** Whether the program of nftables is installed; the guard looks for it at the same places. */
export async function probeNft(): Promise<boolean> {
  for (const path of NFT_PATHS) if (await isExecutable(path)) return true
  return false
}

/** Whether a guard has the machine, or had it and was killed: nobody but root can read which. */
export function probeLock(): Promise<boolean> {
  return access(GUARD_LOCK).then(
    () => true,
    () => false,
  )
}

/** How this machine resolves names: its real servers, and its hosts file. */
export interface NameResolution {
  readonly nameservers: readonly string[]
  readonly hosts: string
}

// systemd keeps the real servers of its stub in the second file.
const RESOLV_CONF = ['/etc/resolv.conf', '/run/systemd/resolve/resolv.conf']

/** Reads the first resolv.conf that names a server which is not the machine itself. */
export async function readNameResolution(): Promise<NameResolution> {
  const hosts = await readText('/etc/hosts')
  for (const path of RESOLV_CONF) {
    const nameservers = parseNameservers(await readText(path))
    if (nameservers.length > 0) return { nameservers, hosts }
  }
  return { nameservers: [], hosts }
}

function readText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '')
}

function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
}
