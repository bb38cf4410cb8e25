/**
 * Finds the member `"usage": {` (or `"usageMetadata": {`) and `"model": "` (or `"modelVersion": "`) in raw bytes. Every byte of
 * every stream passes here, so it is a Horspool search that looks at about every sixth byte; a native search for a string that
 * starts with a quote is slower on JSON, where quotes are everywhere.
 */
export interface MemberPattern {
  /** The quote and the five letters after it. */
  readonly word: Uint8Array
  /** What the longer spelling adds, with its closing quote. */
  readonly tail: Uint8Array
  /** First byte of a value worth reading: most chat chunks say `"usage":null`. */
  readonly opener: number
  /** How far the window may move for the byte at its end; 0 where that byte can end a match. */
  readonly skip: Uint8Array
}

const QUOTE = 0x22
const COLON = 0x3a
const WINDOW = 7
// A quote also starts the word, so after a miss the window may move by six only.
const STEP_AFTER_MISS = 6

export const USAGE_MEMBER = createMemberPattern('usage', 'Metadata', '{')
export const MODEL_MEMBER = createMemberPattern('model', 'Version', '"')

/**
 * Index of the opening quote of the next such member in `bytes[from, end)`, or -1. A name that the end cuts off counts as
 * found: the caller then waits for the rest of the line.
 */
export function findMember(bytes: Uint8Array, from: number, pattern: MemberPattern): number {
  const { word, skip } = pattern
  const end = bytes.length
  let at = from + WINDOW - 1
  while (at < end) {
    const step = skip[bytes[at] ?? 0] ?? 1
    if (step !== 0) at += step
    else if (isWordAt(bytes, at - WINDOW + 1, word) && leadsToValue(bytes, at, pattern)) return at - WINDOW + 1
    else at += STEP_AFTER_MISS
  }
  return -1
}

function createMemberPattern(letters: string, longer: string, opener: string): MemberPattern {
  const word = new TextEncoder().encode(`"${letters}`)
  const tail = new TextEncoder().encode(`${longer}"`)
  const skip = new Uint8Array(256).fill(WINDOW)
  for (const [index, byte] of word.entries()) skip[byte] = WINDOW - 1 - index
  skip[QUOTE] = 0
  skip[tail[0] ?? 0] = 0
  return { word, tail, opener: opener.charCodeAt(0), skip }
}

function isWordAt(bytes: Uint8Array, start: number, word: Uint8Array): boolean {
  // From the end: the last letter differs far more often than the quote.
  for (let index = word.length - 1; index >= 0; index--) if (bytes[start + index] !== word[index]) return false
  return true
}

/** From the byte behind the word: the rest of the name, a colon, and a value of the wanted kind. */
function leadsToValue(bytes: Uint8Array, from: number, pattern: MemberPattern): boolean {
  let at = from
  if (bytes[at] !== QUOTE) {
    for (const byte of pattern.tail) {
      if (at === bytes.length) return true
      if (bytes[at++] !== byte) return false
    }
  } else at += 1
  at = skipBlanks(bytes, at)
  if (at === bytes.length) return true
  if (bytes[at] !== COLON) return false
  at = skipBlanks(bytes, at + 1)
  return at === bytes.length || bytes[at] === pattern.opener
}

function skipBlanks(bytes: Uint8Array, from: number): number {
  let at = from
  while (at < bytes.length && isBlank(bytes[at])) at += 1
  return at
}

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d
}
