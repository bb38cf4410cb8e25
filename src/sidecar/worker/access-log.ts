import { write } from 'node:fs'
import type { SidecarEvent } from '../../core/events.ts'
import { createThrottle } from './throttle.ts'

export interface AccessLog {
  append(event: SidecarEvent): void
  /** Writes what is buffered; resolves when it is out or lost. */
  flush(): Promise<void>
  /** Lines that could not be written, e.g. because the disk is full. */
  readonly lost: number
}

export type WriteBytes = (bytes: Buffer, done: (error: Error | null, written: number) => void) => void

const FLUSH_EVERY_MS = 20
const MAX_BUFFERED_BYTES = 1024 * 1024

/** Writes to an inherited descriptor: the worker may not open files. */
export function writeToDescriptor(fd: number): WriteBytes {
  return (bytes, done) => write(fd, bytes, 0, bytes.length, null, done)
}

/**
 * Buffered JSON lines: one system call for many requests, and a slow or full disk delays nobody. Beyond the buffer, lines are
 * counted as lost instead of held.
 */
export function createAccessLog(writeBytes: WriteBytes): AccessLog {
  return new BufferedLog(writeBytes)
}

class BufferedLog implements AccessLog {
  readonly #writeBytes: WriteBytes
  readonly #plan = createThrottle(FLUSH_EVERY_MS, () => void this.flush())
  #lines: string[] = []
  #size = 0
  #lost = 0
  #writing: Promise<void> | undefined

  constructor(writeBytes: WriteBytes) {
    this.#writeBytes = writeBytes
  }

  get lost(): number {
    return this.#lost
  }

  append(event: SidecarEvent): void {
    const line = `${JSON.stringify(event)}\n`
    if (this.#size + line.length > MAX_BUFFERED_BYTES) {
      this.#lost += 1
      return
    }
    this.#lines.push(line)
    this.#size += line.length
    this.#plan()
  }

  flush(): Promise<void> {
    const lines = this.#lines
    this.#lines = []
    this.#size = 0
    if (lines.length > 0) this.#writing = (this.#writing ?? Promise.resolve()).then(() => this.#write(lines))
    return this.#writing ?? Promise.resolve()
  }

  #write(lines: readonly string[]): Promise<void> {
    return new Promise((resolve) => {
      const bytes = Buffer.from(lines.join(''))
      this.#writeBytes(bytes, (error, written) => {
        if (error !== null || written < bytes.length) this.#lost += lines.length
        resolve()
      })
    })
  }
}
