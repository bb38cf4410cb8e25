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

const FLUSHES = { burst: 8, everyMs: 20 }
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
  readonly #plan = createThrottle(FLUSHES, () => void this.flush())
  #lines: string[] = []
  /** Characters of all lines that are not written yet, also of those that a slow disk is busy with. */
  #size = 0
  #lost = 0
  #isTorn = false
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
    if (lines.length > 0) this.#writing = (this.#writing ?? Promise.resolve()).then(() => this.#write(lines))
    return this.#writing ?? Promise.resolve()
  }

  #write(lines: readonly string[]): Promise<void> {
    return new Promise((resolve) => {
      const text = lines.join('')
      // What was cut off stays a line of its own, so that only that one cannot be read.
      const bytes = Buffer.from(this.#isTorn ? `\n${text}` : text)
      this.#writeBytes(bytes, (error, written) => {
        const end = error === null ? written : 0
        this.#lost += countLines(bytes.subarray(end))
        if (end > 0) this.#isTorn = bytes[end - 1] !== NEWLINE
        this.#size -= text.length
        resolve()
      })
    })
  }
}

const NEWLINE = 0x0a

function countLines(bytes: Buffer): number {
  let count = 0
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) count += 1
  return count
}
