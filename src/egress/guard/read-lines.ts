import type { Readable } from 'node:stream'

/** Longer than any line of ours: a listing of 500 models fits. */
const MAX_CHARACTERS = 1024 * 1024

/**
 * Calls back with each whole line. One that is too long is left out: whoever writes has less rights than we have, and must not fill
 * our memory.
 */
export function readLines(stream: Readable, onLine: (line: string) => void): void {
  let begun = ''
  let isTooLong = false
  stream.setEncoding('utf8')
  stream.on('error', () => undefined)
  stream.on('data', (text: string) => {
    const [first = '', ...others] = text.split('\n')
    begun += first
    for (const next of others) {
      if (!isTooLong && begun.length <= MAX_CHARACTERS) onLine(begun)
      isTooLong = false
      begun = next
    }
    if (begun.length > MAX_CHARACTERS) {
      isTooLong = true
      begun = ''
    }
  })
}
