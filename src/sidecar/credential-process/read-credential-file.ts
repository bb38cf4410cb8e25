import { constants } from 'node:fs'
import { type FileHandle, open, stat } from 'node:fs/promises'
import type { SourceResult } from '../ipc.ts'
import { decodeOutput, notStarted } from './run-command.ts'

/** What tells one state of a file from the next; also of what a symbolic link leads to. */
export type FileSignature = string

export interface FileReading {
  readonly result: SourceResult
  /** Of the state that was read; undefined when none could be. */
  readonly signature: FileSignature | undefined
}

export interface FileEffects {
  /** Wall-clock milliseconds. */
  readonly now: () => number
  readonly pause: (milliseconds: number) => Promise<void>
}

const MAX_BYTES = 1024 * 1024
const SETTLE_MS = 100
const OLD_MS = 2000
const ATTEMPTS = 15

/**
 * Reads a credential file as one whole state of it, never a torn one: it is read again while it changes, while it has just
 * been emptied and while it is missing, for three seconds at most. A file that was written in the last two seconds must also
 * keep still for a tenth of a second, because a writer that truncates it and goes on writing leaves no other trace. Never rejects.
 */
export async function readCredentialFile(path: string, effects: FileEffects): Promise<FileReading> {
  let last: FileReading = { result: { kind: 'not-started', code: 'EBUSY' }, signature: undefined }
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const reading = await readOnce(path, effects)
    if (reading.kind === 'final') return reading
    last = reading
    await effects.pause(SETTLE_MS)
  }
  return last
}

type Attempt = FileReading & { readonly kind: 'final' | 'again' }

/** The signature of what the path leads to now; undefined when there is nothing. */
export async function readSignature(path: string): Promise<FileSignature | undefined> {
  try {
    return describe(await stat(path, { bigint: true }))
  } catch {
    return undefined
  }
}

async function readOnce(path: string, effects: FileEffects): Promise<Attempt> {
  try {
    // Opening a device can have effects of its own, and a FIFO would wait for a writer.
    const found = await stat(path)
    const problem = findProblem(found)
    if (problem !== undefined) return { kind: 'final', result: problem, signature: undefined }
    const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
    try {
      return await readOpen(file, path, effects)
    } finally {
      await file.close()
    }
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT'
    return { kind: isMissing ? 'again' : 'final', result: notStarted(error), signature: undefined }
  }
}

async function readOpen(file: FileHandle, path: string, effects: FileEffects): Promise<Attempt> {
  const before = await file.stat({ bigint: true })
  const problem = findProblem({ isFile: () => before.isFile(), isDirectory: () => false, size: Number(before.size) })
  if (problem !== undefined) return { kind: 'final', result: problem, signature: undefined }
  const bytes = await readBytes(file)
  const age = effects.now() - Number(before.mtimeMs)
  if (age < OLD_MS) await effects.pause(SETTLE_MS)
  const signature = describe(before)
  const isStill = describe(await file.stat({ bigint: true })) === signature && (await readSignature(path)) === signature
  if (!isStill) return { kind: 'again', result: { kind: 'not-started', code: 'EBUSY' }, signature: undefined }
  const result = decodeOutput(bytes)
  // Nobody is writing a file that has been empty for a while: waiting on would only hide it.
  const isBeingWritten = age < OLD_MS && result.kind === 'output' && result.text.trim() === ''
  return { kind: isBeingWritten ? 'again' : 'final', result, signature }
}

/** At most one byte more than is allowed; a file that has grown meanwhile is seen by its signature. */
async function readBytes(file: FileHandle): Promise<Uint8Array> {
  const buffer = Buffer.alloc(MAX_BYTES + 1)
  let length = 0
  for (;;) {
    const { bytesRead } = await file.read(buffer, length, buffer.length - length, length)
    if (bytesRead === 0) return buffer.subarray(0, length)
    length += bytesRead
  }
}

interface Found {
  readonly isFile: () => boolean
  readonly isDirectory: () => boolean
  readonly size: number
}

function findProblem(found: Found): SourceResult | undefined {
  if (found.isDirectory()) return { kind: 'not-started', code: 'EISDIR' }
  if (!found.isFile()) return { kind: 'not-started', code: 'ENOTREG' }
  return found.size > MAX_BYTES ? { kind: 'too-much-output' } : undefined
}

function describe(found: {
  readonly dev: bigint
  readonly ino: bigint
  readonly size: bigint
  readonly mtimeNs: bigint
  readonly ctimeNs: bigint
}): FileSignature {
  return [found.dev, found.ino, found.size, found.mtimeNs, found.ctimeNs].join(':')
}
