import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { deriveEgressDigest, type EgressDigest } from '../../core/report/egress-digest.ts'
import { deriveEgressReport } from '../../core/report/egress-report.ts'

/** So much of a log's end is read: some ten milliseconds of work, whatever its length. */
const TAIL_BYTES = 1024 * 1024
const OFTENEST_MS = 1000

/**
 * Without a guard the agent can put what it likes in the place of the log. A link is not followed, and a pipe does not hold up the
 * process that holds the sockets.
 */
const FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)

/** Reads the figures of a firewall's log: at most once a second, and only when the log has grown. */
export class FirewallLogReader {
  readonly #path: string
  #latest: EgressDigest | null = null
  #size = -1
  #readAt = Number.NEGATIVE_INFINITY
  #running: Promise<EgressDigest | null> | undefined

  constructor(path: string) {
    this.#path = path
  }

  /** The figures as they are now, or were within the last second; null when there is no log. Never throws. */
  read(): Promise<EgressDigest | null> {
    if (performance.now() - this.#readAt < OFTENEST_MS) return Promise.resolve(this.#latest)
    this.#running ??= this.#read().finally(() => {
      this.#running = undefined
      this.#readAt = performance.now()
    })
    return this.#running
  }

  async #read(): Promise<EgressDigest | null> {
    try {
      await using file = await open(this.#path, FLAGS)
      const status = await file.stat()
      if (!status.isFile()) return this.#forget()
      if (status.size !== this.#size) this.#latest = await readTail(file, status.size)
      this.#size = status.size
      return this.#latest
    } catch {
      return this.#forget()
    }
  }

  #forget(): null {
    this.#size = -1
    this.#latest = null
    return null
  }
}

async function readTail(file: FileHandle, size: number): Promise<EgressDigest> {
  const start = Math.max(0, size - TAIL_BYTES)
  const { buffer, bytesRead } = await file.read(Buffer.alloc(size - start), 0, size - start, start)
  const lines = buffer.subarray(0, bytesRead).toString('utf8').split('\n')
  // The first line is cut where the log is longer; the last is still being written, or empty.
  const whole = lines.slice(start === 0 ? 0 : 1, -1)
  return deriveEgressDigest(deriveEgressReport(whole), start > 0)
}
