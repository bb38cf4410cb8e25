/** How specific a match is: the more characters of the text are known, the surer the explanation. 0 = no match. */
export type Recognizer = (text: string) => number

/** Shorter literals occur in ordinary prose. */
const SHORTEST_LITERAL = 10

/**
 * Recognises all of these texts, in any order, as they stand; `…` stands for anything within one line. Letters must agree in case:
 * these are sentences of programs, not of people.
 */
export function createTextRecognizer(texts: readonly string[]): Recognizer {
  if (texts.length === 0) return () => 0
  const patterns = texts.map((text) => new RegExp(escapeWithGaps(text)))
  const weight = texts.join('').length
  return (text) => (patterns.every((pattern) => pattern.test(text)) ? weight : 0)
}

/** Recognises one of our sentences by its template: `{name}` stands for up to 300 characters of one line. */
export function createTemplateRecognizer(template: string): Recognizer {
  // A pattern that began with a gap would be tried at length at every character.
  const literals = template.split(/\{\w+\}/).filter((text, at, all) => text !== '' || (at > 0 && at < all.length - 1))
  const weight = literals.join('').length
  // A template that is mostly gaps would recognise anything.
  if (weight < 2 * SHORTEST_LITERAL) return () => 0
  const pattern = new RegExp(literals.map(escapePattern).join('.{0,300}?'))
  return (text) => (pattern.test(text) ? weight : 0)
}

/**
 * Recognises what a dictionary shows in its column "seen": what stands in backticks, and the error codes of the platform. Short
 * words in backticks are left out.
 */
export function createSeenRecognizer(seen: string): Recognizer {
  const quoted = [...seen.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text.replace(/^… | …$/g, ''))
  const literals = quoted.filter((text) => text.length >= SHORTEST_LITERAL && !/^(GET|POST) /.test(text))
  const codes = [...seen.replaceAll(/`[^`]*`/g, ' ').matchAll(/\b[A-Z][A-Z0-9_]{4,}\b/g)].map(([code]) => code)
  const options = [
    ...literals.map((text) => [new RegExp(escapeWithGaps(text), 'i'), text.length] as const),
    ...codes
      .filter((code) => /_|^E[A-Z]/.test(code) && code !== 'ERROR')
      .map((code) => [new RegExp(`(?<![A-Z0-9_])${code}(?![A-Z0-9_])`), code.length] as const),
  ]
  return (text) => Math.max(0, ...options.map(([pattern, weight]) => (pattern.test(text) ? weight : 0)))
}

/** A code with a hyphen or underscore is one wherever it stands as a word of its own; others are words of English too. */
const CODE_KEYS = '(?:reason|cause|code|outcome|refusal|verdict)'

/** Recognises a closed code, also as `proxy_<code>` in the envelopes of the sidecar. */
export function createCodeRecognizer(code: string): Recognizer {
  const isWord = !/[-_]/.test(code)
  const form = escapePattern(code)
  const pattern = isWord
    ? new RegExp(`^\\s*${form}\\s*$|\\b${CODE_KEYS}["'\\s:=]{1,4}${form}(?![\\w-])|\\(${form}\\)`)
    : new RegExp(`(?<![\\w-])(?:proxy_)?${form}(?![\\w-])|(?<!\\w)PROXY_${form.toUpperCase()}(?!\\w)`)
  // What names a code outright is meant more surely than any sentence.
  return (text) => (pattern.test(text) ? 1000 + code.length : 0)
}

/** Recognises `exit code 41`, `exited with status 41`, `exit 41`. */
export function createExitRecognizer(exitCode: number): Recognizer {
  const pattern = new RegExp(`\\bexit(?:ed)?(?: with)?(?: code| status)?:? ${exitCode}\\b`, 'i')
  return (text) => (pattern.test(text) ? SHORTEST_LITERAL : 0)
}

function escapeWithGaps(text: string): string {
  return text.split('…').map(escapePattern).join('.{0,300}?')
}

function escapePattern(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&')
}
