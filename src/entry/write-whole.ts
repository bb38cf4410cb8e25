import { writeSync } from 'node:fs'

/**
 * Writes a text to a descriptor that others share. Not through node's streams: opening them makes a pipe non-blocking, for the command
 * too, which then loses output. Somebody else may have made it so; then this waits its turn. A reader that is gone wants no text.
 */
export function writeWhole(descriptor: number, text: string): void {
  let rest = Buffer.from(text)
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(descriptor, rest))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
    }
  }
}
