import { createHash } from 'node:crypto'
import { chmod, lstat, mkdir, readFile, realpath, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { mergeCodexConfig, undoCodexConfig } from '../core/cli-files/codex-config.ts'
import { mergeGeminiSettings, undoGeminiSettings } from '../core/cli-files/gemini-settings.ts'
import type { MergeResult, UndoResult } from '../core/cli-files/merge.ts'
import type { ProviderId } from '../core/providers/provider.ts'

export type CliFileKind = 'codex' | 'gemini'

/** A file that main changed, as post needs it to take the change back. */
export interface WrittenFile {
  readonly kind: CliFileKind
  readonly path: string
  /** Copy of the user's file, private; null when there was no file. */
  readonly backup: string | null
  /** The folder, when it was made for the file. */
  readonly createdDirectory: string | null
  /** SHA-256 of what was written, hex. */
  readonly sha256: string
  readonly baseUrl: string
}

export interface CliFilePlan {
  readonly kind: CliFileKind
  readonly path: string
}

interface CliFileRow {
  readonly provider: ProviderId
  readonly merge: (text: string | undefined, baseUrl: string) => MergeResult
  readonly undo: (text: string, written: WrittenFile, original: string | undefined) => UndoResult
}

const ROWS: { readonly [Kind in CliFileKind]: CliFileRow } = {
  codex: {
    provider: 'openai',
    merge: mergeCodexConfig,
    undo: (text, written, original) => undoCodexConfig(text, written.baseUrl, original),
  },
  gemini: {
    provider: 'gemini',
    merge: mergeGeminiSettings,
    undo: (text, _written, original) => undoGeminiSettings(text, original),
  },
}

export interface Homes {
  readonly home: string
  /** CODEX_HOME and GEMINI_CLI_HOME, where the user moved them. */
  readonly codexHome: string | undefined
  readonly geminiHome: string | undefined
}

/** Which files the configured providers need, and where they are. */
export function deriveCliFiles(providers: readonly ProviderId[], homes: Homes): CliFilePlan[] {
  const codex = join(homes.codexHome ?? join(homes.home, '.codex'), 'config.toml')
  const gemini = join(homes.geminiHome ?? homes.home, '.gemini', 'settings.json')
  const plans: CliFilePlan[] = [
    { kind: 'codex', path: codex },
    { kind: 'gemini', path: gemini },
  ]
  return plans.filter(({ kind }) => providers.includes(ROWS[kind].provider))
}

/** The provider whose base URL the file is about. */
export function providerOf(kind: CliFileKind): ProviderId {
  return ROWS[kind].provider
}

/** Tries the edit without writing. @returns what is wrong with the file, or undefined. */
export async function findCliFileProblem({ kind, path }: CliFilePlan): Promise<string | undefined> {
  try {
    const result = ROWS[kind].merge((await readCurrent(path)).text, 'http://127.0.0.1:1')
    return result.kind === 'fault' ? result.message : undefined
  } catch (error) {
    return `${path} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'it is not UTF-8'}).`
  }
}

export interface WriteRequest extends CliFilePlan {
  readonly baseUrl: string
  /** Private directory for the backup. */
  readonly backupDirectory: string
}

export interface WriteOutcome {
  readonly written: WrittenFile | undefined
  readonly notices: readonly string[]
}

/** Merges our key into the file: backup first, then an atomic replacement with the old mode. Symbolic links are followed. */
export async function writeCliFile(request: WriteRequest): Promise<WriteOutcome> {
  const { kind, baseUrl } = request
  const current = await readCurrent(request.path)
  const result = ROWS[kind].merge(current.text, baseUrl)
  if (result.kind === 'fault') throw new Error(result.message)
  if (result.kind === 'unchanged') return { written: undefined, notices: result.notices }
  const backup = result.original === undefined ? null : join(request.backupDirectory, `${kind}.backup`)
  if (backup !== null) await writeFile(backup, result.original ?? '', { flag: 'wx', mode: 0o600 })
  const createdDirectory = await makeDirectory(dirname(current.path))
  await replaceFile(current.path, Buffer.from(result.text), current.mode)
  const sha256 = hash(Buffer.from(result.text))
  return { written: { kind, path: current.path, backup, createdDirectory, sha256, baseUrl }, notices: result.notices }
}

/**
 * Takes one change back. A file that still is what we wrote becomes what it was, byte for byte; in one that was changed since,
 * only our key goes. Doing it twice does no harm.
 * @returns what could not be done, or undefined.
 */
export async function restoreCliFile(written: WrittenFile): Promise<string | undefined> {
  const bytes = await readFile(written.path).catch(() => undefined)
  if (bytes === undefined) return undefined
  const original = written.backup === null ? undefined : await readFile(written.backup).catch(() => undefined)
  const isUntouched = hash(bytes) === written.sha256
  if (isUntouched && written.backup === null) {
    await removeFile(written)
    return undefined
  }
  if (isUntouched && original !== undefined) {
    await replaceFile(written.path, original, (await stat(written.path)).mode & 0o777)
    return undefined
  }
  const undone = ROWS[written.kind].undo(bytes.toString('utf8'), written, original?.toString('utf8'))
  if (undone.kind === 'fault') return `${written.path}: ${undone.message}`
  if (undone.kind === 'undone') {
    await replaceFile(written.path, Buffer.from(undone.text), (await stat(written.path)).mode & 0o777)
  }
  return undefined
}

interface CurrentFile {
  /** Where the file really is, behind symbolic links. */
  readonly path: string
  readonly text: string | undefined
  readonly mode: number
}

async function readCurrent(path: string): Promise<CurrentFile> {
  const isThere = await lstat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false
      throw error
    },
  )
  if (!isThere) return { path, text: undefined, mode: 0o600 }
  const real = await realpath(path)
  const { mode } = await stat(real)
  const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(await readFile(real))
  return { path: real, text, mode: mode & 0o777 }
}

/** @returns the topmost directory that had to be made, or null. */
async function makeDirectory(directory: string): Promise<string | null> {
  return (await mkdir(directory, { recursive: true, mode: 0o700 })) ?? null
}

async function replaceFile(path: string, bytes: Buffer, mode: number): Promise<void> {
  const temporary = `${path}.setup-agent-proxy.${process.pid}`
  try {
    await writeFile(temporary, bytes, { flag: 'wx', mode: 0o600 })
    await chmod(temporary, mode)
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

async function removeFile({ path, createdDirectory }: WrittenFile): Promise<void> {
  await rm(path, { force: true })
  if (createdDirectory === null) return
  try {
    for (let directory = dirname(path); directory.startsWith(createdDirectory); directory = dirname(directory)) {
      await rmdir(directory)
    }
  } catch {
    // A folder that the CLI has put files of its own into stays.
  }
}

function hash(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}
