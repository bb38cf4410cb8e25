import { writeSync } from 'node:fs'

/** Writes a line of JSON to an inherited descriptor. A reader that went away, or a full disk, must not end the sidecar. */
export function writeLine(fd: number, line: object): void {
  writeText(fd, JSON.stringify(line))
}

/** Writes a line of text, as {@link writeLine} does. */
export function writeText(fd: number, line: string): void {
  try {
    writeSync(fd, `${line}\n`)
  } catch {
    // Nothing can be told through a channel that is broken.
  }
}
