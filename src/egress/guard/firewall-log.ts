import { closeSync, constants, ftruncateSync, openSync, writeSync } from 'node:fs'
import type { EgressLogEvent } from '../../core/egress-event.ts'

export interface LogFile {
  /** Appends; may write less than it is given, as a full disk makes it. */
  readonly append: (bytes: Buffer) => number
  readonly truncate: (size: number) => void
  readonly close: () => void
}

export interface FirewallLogOptions {
  readonly file: LogFile
  /** Bytes; an agent in a loop must not fill the disk of the machine. */
  readonly maxBytes: number
  /** ISO 8601, UTC. */
  readonly now: () => string
}

/** Kept free for the line that says what is missing, and for those of the end. */
const RESERVE_BYTES = 4096

/** Opens a new file that root writes and everybody may read. Throws where there is one. */
export function openLogFile(path: string): LogFile {
  const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW
  const descriptor = openSync(path, flags, 0o644)
  return {
    append: (bytes) => writeSync(descriptor, bytes),
    truncate: (size) => ftruncateSync(descriptor, size),
    close: () => closeSync(descriptor),
  }
}

/**
 * The firewall's log, one JSON line per event. It never throws: what cannot be written is counted, and said by a `log-incomplete` line as
 * soon as there is room again, at the latest by the end. A line that a full disk has torn is taken back.
 */
export class FirewallLog {
  readonly #options: FirewallLogOptions
  #bytes = 0
  #lost = 0
  #told = 0

  constructor(options: FirewallLogOptions) {
    this.#options = options
  }

  append(event: EgressLogEvent): void {
    const room = this.#options.maxBytes - (event.kind === 'lifecycle' ? 0 : RESERVE_BYTES)
    const isFull = this.#bytes >= room
    // Before the line that comes after the gap; not again and again where the file has reached its size.
    if (!isFull && this.#lost > this.#told) this.#tellLost()
    if (isFull || !this.#write(event, room)) this.#lost += 1
  }

  close(): void {
    if (this.#lost > this.#told) this.#tellLost()
    this.#options.file.close()
  }

  #tellLost(): void {
    const lines = this.#lost - this.#told
    const event = { kind: 'lifecycle', time: this.#options.now(), what: 'log-incomplete', lines } as const
    if (this.#write(event, this.#options.maxBytes)) this.#told = this.#lost
  }

  #write(event: EgressLogEvent, room: number): boolean {
    const line = Buffer.from(`${JSON.stringify(event)}\n`)
    if (this.#bytes + line.length > room) return false
    const { file } = this.#options
    try {
      const written = file.append(line)
      if (written === line.length) {
        this.#bytes += written
        return true
      }
      file.truncate(this.#bytes)
    } catch {
      // Counted as lost.
    }
    return false
  }
}
