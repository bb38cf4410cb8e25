import type { SourceResult } from '../ipc.ts'
import { type FileEffects, type FileReading, readCredentialFile, readSignature } from './read-credential-file.ts'

export interface FileWatcherEffects extends FileEffects {
  /** Calls again and again until the returned function is called. */
  readonly every: (milliseconds: number, run: () => Promise<void>) => () => void
}

export interface FileWatcher {
  /** The file as it is now; whoever asks while it is being read gets the same answer. Never rejects. */
  read(): Promise<SourceResult>
  close(): void
}

const POLL_MS = 2000

/**
 * Reads a credential file on request, and from then on looks every two seconds whether it is another one. Polling sees what
 * notifications of the kernel miss: network mounts, and the swap of a directory behind a symbolic link. A change is told only
 * when there is a whole new text to read: a file that was emptied, damaged or deleted changes nothing for those who hold the
 * old one.
 */
export function createFileWatcher(path: string, onChanged: () => void, effects: FileWatcherEffects): FileWatcher {
  return new PolledFile(path, onChanged, effects)
}

class PolledFile implements FileWatcher {
  readonly #path: string
  readonly #onChanged: () => void
  readonly #effects: FileWatcherEffects
  #reading: Promise<FileReading> | undefined
  #seen: string | undefined
  #stop: (() => void) | undefined
  #isClosed = false

  constructor(path: string, onChanged: () => void, effects: FileWatcherEffects) {
    this.#path = path
    this.#onChanged = onChanged
    this.#effects = effects
  }

  async read(): Promise<SourceResult> {
    if (!this.#isClosed) this.#stop ??= this.#effects.every(POLL_MS, () => this.#poll())
    const { result, signature } = await this.#share()
    this.#seen = signature ?? this.#seen
    return result
  }

  close(): void {
    this.#isClosed = true
    this.#stop?.()
  }

  async #poll(): Promise<void> {
    if (this.#reading !== undefined) return
    const current = await readSignature(this.#path)
    if (current === undefined || current === this.#seen) return
    const { result, signature } = await this.#share()
    const isWhole = result.kind === 'output' && result.text.trim() !== ''
    if (!isWhole || signature === this.#seen || this.#isClosed) return
    this.#seen = signature
    this.#onChanged()
  }

  #share(): Promise<FileReading> {
    this.#reading ??= readCredentialFile(this.#path, this.#effects).finally(() => {
      this.#reading = undefined
    })
    return this.#reading
  }
}
