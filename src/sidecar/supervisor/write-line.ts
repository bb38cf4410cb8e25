import { writeSync } from 'node:fs'

/** Writes a line of JSON to an inherited descriptor. A reader that went away, or a full disk, must not end the sidecar. */
export function writeLine(fd: number, line: object): void {
  try {
    writeSync(fd, `${JSON.stringify(line)}\n`)
  } catch {
    // Nothing can be told through a channel that is broken.
  }
}
