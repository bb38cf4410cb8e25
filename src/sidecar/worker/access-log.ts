import { write } from 'node:fs'
import type { SidecarEvent } from '../../core/events.ts'
import { createThrottle } from './throttle.ts'

export interface AccessLog {
  /** @returns the event as it is written, in JSON. */
  append(event: SidecarEvent): string
  /** Writes what is buffered; resolves when it is out or lost. */
  flush(): Promise<void>
  /** Lines that could not be written, e.g. because the disk is full. */
  readonly lost: number
}

export interface AccessLogEffects {
  /** Called once, at the first write that fails; the platform's code, e.g. ENOSPC. */
  readonly onFirstLoss: (code: string) => void
  /** Wall-clock time, ISO 8601. */
  readonly now: () => string
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
 * counted as lost instead of held. Once there is room again a `log-incomplete` line says how many are missing, for whoever has
 * nothing but the log.
 */
export function createAccessLog(writeBytes: WriteBytes, effects: Partial<AccessLogEffects> = {}): AccessLog {
  return new BufferedLog(writeBytes, effects)
}

class BufferedLog implements AccessLog {
  readonly #writeBytes: WriteBytes
  readonly #effects: Partial<AccessLogEffects>
  readonly #plan = createThrottle(FLUSHES, () => void this.flush())
  #lines: string[] = []
  /** Characters of all lines that are not written yet, also of those that a slow disk is busy with. */
  #size = 0
  #lost = 0
  /** Of the lost ones: those that no line of the log has told of. */
  #untold = 0
  #hasFailed = false
  #isTorn = false
  #writing: Promise<void> | undefined

  constructor(writeBytes: WriteBytes, effects: Partial<AccessLogEffects>) {
    this.#writeBytes = writeBytes
    this.#effects = effects
  }

  get lost(): number {
    return this.#lost
  }

  append(event: SidecarEvent): string {
    const text = JSON.stringify(event)
    const line = `${text}\n`
    if (this.#size + line.length > MAX_BUFFERED_BYTES) this.#lose(1)
    else {
      this.#lines.push(line)
      this.#size += line.length
      this.#plan()
    }
    return text
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
      const untold = this.#untold
      // What was cut off stays a line of its own, so that only that one cannot be read.
      const before = Buffer.from(`${this.#isTorn ? '\n' : ''}${this.#renderGap(untold)}`)
      const bytes = Buffer.concat([before, Buffer.from(text)])
      this.#writeBytes(bytes, (error, written) => {
        const end = error === null ? written : 0
        if (end >= before.length) this.#untold -= untold
        this.#lose(countLines(bytes.subarray(Math.max(end, before.length))))
        if (error !== null || written < bytes.length) this.#noteFailure(error)
        if (end > 0) this.#isTorn = bytes[end - 1] !== NEWLINE
        this.#size -= text.length
        resolve()
      })
    })
  }

  // A reader of the log counts a torn line himself: it is one that he cannot read.
  #renderGap(untold: number): string {
    const lines = untold - (this.#isTorn ? 1 : 0)
    if (lines <= 0) return ''
    const time = this.#effects.now?.() ?? new Date().toISOString()
    const event: SidecarEvent = { kind: 'lifecycle', time, what: 'log-incomplete', lines }
    return `${JSON.stringify(event)}\n`
  }

  #lose(lines: number): void {
    this.#lost += lines
    this.#untold += lines
  }

  #noteFailure(error: Error | null): void {
    if (this.#hasFailed) return
    this.#hasFailed = true
    this.#effects.onFirstLoss?.((error as NodeJS.ErrnoException | null)?.code ?? 'ENOSPC')
  }
}

const NEWLINE = 0x0a

function countLines(bytes: Buffer): number {
  let count = 0
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) count += 1
  return count
}
