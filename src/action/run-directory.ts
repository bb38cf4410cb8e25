import { constants } from 'node:fs'
import { access, type FileHandle, mkdir, open } from 'node:fs/promises'
import { join, resolve } from 'node:path'

export interface RunDirectoryRequest {
  readonly runnerTemp: string
  readonly runId: string
  /** The input `log-directory`, relative to the workspace. */
  readonly logDirectory: string | undefined
  readonly workspace: string
}

/** Where this run keeps its files. Nothing in it is a secret of ours; backups of CLI files may hold the user's. */
export interface RunDirectory {
  /** Ours alone, mode 0700, removed by post. */
  readonly path: string
  /** Where the logs are: the same, or what the user asked for. */
  readonly logDirectory: string
}

export interface LogFiles {
  readonly accessLog: FileHandle
  readonly sidecarLog: FileHandle
  close(): Promise<void>
}

export const ACCESS_LOG = 'access.jsonl'
export const SIDECAR_LOG = 'sidecar.log'
/** Written by the guard, or by the keeper of the relay where there is none. */
export const FIREWALL_LOG = 'firewall.jsonl'

/** Makes the directories of a run. A user's log directory that already holds logs gets one of its own inside. */
export async function createRunDirectory(request: RunDirectoryRequest): Promise<RunDirectory> {
  const path = join(request.runnerTemp, `setup-agent-proxy-${request.runId}`)
  await mkdir(path, { mode: 0o700 })
  if (request.logDirectory === undefined) return { path, logDirectory: path }
  const wanted = resolve(request.workspace, request.logDirectory)
  const logDirectory = (await exists(join(wanted, ACCESS_LOG))) ? join(wanted, request.runId) : wanted
  await mkdir(logDirectory, { recursive: true, mode: 0o700 })
  return { path, logDirectory }
}

/** Opens both logs of the sidecar. @throws as {@link openNewFiles} does */
export async function openLogFiles(directory: string): Promise<LogFiles> {
  const [accessLog, sidecarLog] = await openNewFiles(directory, ACCESS_LOG, SIDECAR_LOG)
  return { accessLog, sidecarLog, close: () => closeAll([accessLog, sidecarLog]) }
}

/**
 * Opens two files, new and private: a file or link that is already there is never written to.
 * @throws the system's error when one cannot be opened; then none is open.
 */
export async function openNewFiles(directory: string, one: string, other: string): Promise<[FileHandle, FileHandle]> {
  const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_EXCL
  const first = await open(join(directory, one), flags, 0o600)
  try {
    return [first, await open(join(directory, other), flags, 0o600)]
  } catch (error) {
    await first.close()
    throw error
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

async function closeAll(files: readonly FileHandle[]): Promise<void> {
  for (const file of files) await file.close()
}
