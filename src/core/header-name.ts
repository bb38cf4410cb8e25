/** What is known of a header's name. The same few names come with every request, so each is looked at once. */
export interface HeaderName {
  /** As it was written, in a string that is kept. */
  readonly text: string
  readonly lower: string
}

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
/** Names come from strangers: beyond this many, and for long ones, each is looked at anew. */
const MOST_KNOWN = 1024
const LONGEST_KNOWN = 64

const known = new Map<string, HeaderName>()

/** @returns undefined when the text is no token, and so no name. */
export function readHeaderName(text: string): HeaderName | undefined {
  const found = known.get(text)
  if (found !== undefined) return found
  if (!TOKEN.test(text)) return undefined
  if (known.size >= MOST_KNOWN || text.length > LONGEST_KNOWN) return { text, lower: text.toLowerCase() }
  // Through a buffer of characters: a part of a longer text would keep all of it.
  const copy = [...text].join('')
  const name = { text: copy, lower: copy.toLowerCase() }
  known.set(copy, name)
  return name
}

/** Lower case of a header's name, whether or not it is a valid one. */
export function lowerName(text: string): string {
  return (known.get(text) ?? readHeaderName(text))?.lower ?? text.toLowerCase()
}
