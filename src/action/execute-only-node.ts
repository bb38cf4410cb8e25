import { constants } from 'node:fs'
import { chmod, copyFile, lstat, mkdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

export interface NodeRequest {
  readonly execPath: string
  readonly version: string
  readonly architecture: string
  readonly platform: NodeJS.Platform
  /** uid of this process; null where there is none. */
  readonly uid: number | null
  /** Directories to keep the copy in, best first. */
  readonly bases: readonly string[]
}

export interface NodeChoice {
  readonly path: string
  /** Why the plain node is used; empty when the copy is. */
  readonly notice: string
}

const MODE_EXECUTE_ONLY = 0o111

/**
 * Finds or makes a copy of node that its user may run but not read. The kernel marks a process started from it as not
 * dumpable: another process of the same user cannot read its memory, environment or descriptors (measured on Linux; the copy
 * takes about a tenth of a second and is reused by later jobs). Elsewhere, or where no directory can be trusted, the plain node it is.
 */
export async function createExecuteOnlyNode(request: NodeRequest): Promise<NodeChoice> {
  if (request.platform !== 'linux' || request.uid === null) return { path: request.execPath, notice: '' }
  const reasons: string[] = []
  for (const base of request.bases) {
    try {
      return { path: await findOrCopy(base, request), notice: '' }
    } catch (error) {
      reasons.push(error instanceof Error ? error.message : String(error))
    }
  }
  const notice = `The sidecar runs from the plain node binary, so other processes of the same user may read its memory: ${reasons.join('; ')}`
  return { path: request.execPath, notice }
}

async function findOrCopy(base: string, request: NodeRequest): Promise<string> {
  await assertTrusted(base, request.uid, 'base')
  const directory = await makeDirectories(
    base,
    ['setup-agent-proxy-node', request.version, request.architecture],
    request,
  )
  const path = join(directory, 'node')
  const { size } = await stat(request.execPath)
  if (await isUsable(path, size, request.uid)) return path
  const temporary = join(directory, `node.${process.pid}.${performance.now()}`)
  try {
    await copyFile(request.execPath, temporary, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL)
    await chmod(temporary, MODE_EXECUTE_ONLY)
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
  return path
}

async function makeDirectories(base: string, names: readonly string[], request: NodeRequest): Promise<string> {
  let directory = base
  for (const name of names) {
    directory = join(directory, name)
    await mkdir(directory, { mode: 0o700 }).catch(ignoreExisting)
    await assertTrusted(directory, request.uid, 'own')
  }
  return directory
}

function ignoreExisting(error: unknown): void {
  if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
}

/**
 * Someone who can write a directory can put another program into it. `base` may belong to root, and may be shared if it is
 * sticky (like /tmp); what we made ourselves must be ours alone.
 */
async function assertTrusted(directory: string, uid: number | null, kind: 'base' | 'own'): Promise<void> {
  const found = await (kind === 'own' ? lstat(directory) : stat(directory))
  const isOwned = found.uid === uid || (kind === 'base' && found.uid === 0)
  const isShared = (found.mode & 0o022) !== 0 && !(kind === 'base' && (found.mode & 0o1000) !== 0)
  if (found.isDirectory() && isOwned && !isShared) return
  throw new Error(`${directory} ${isShared ? 'is writable by others' : 'does not belong to this user'}`)
}

async function isUsable(path: string, size: number, uid: number | null): Promise<boolean> {
  try {
    const found = await lstat(path)
    return found.isFile() && found.uid === uid && found.size === size && (found.mode & 0o7777) === MODE_EXECUTE_ONLY
  } catch {
    return false
  }
}
