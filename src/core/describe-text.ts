const MAX_SHOWN = 80
const SECRET_PREFIX = /sk-|gh[pousr]_|github_pat_|aiza|ya29\.|eyj|akia|xox[a-z]-|bearer|begin [a-z ]*key/i
// In capitals only: many regions and hosts are called asia.
const AWS_KEY_ID = /A[KS]IA[A-Z0-9]/
const TOKEN_RUN = /(?=[A-Za-z0-9+/_=-]*\d)(?=[A-Za-z0-9+/_=-]*[A-Za-z])[A-Za-z0-9+/_=-]{20,}/
const HIDDEN: readonly RegExp[] = [/[@?#]/, SECRET_PREFIX, AWS_KEY_ID, TOKEN_RUN]

/**
 * Says what was found in an input that should hold no secret. Any text that could be a secret in the wrong place (user info, a
 * query, a token-like run, a known prefix) is described by its shape only; so is one that could break out of a log line.
 * @returns a phrase that fits behind "found", e.g. `'acme.ghe.com'` or `a text of 40 characters`.
 */
export function describeText(text: string): string {
  if (text === '') return 'an empty text'
  const odd = [...text].findIndex((character) => !/^[\x20-\x7e]$/.test(character))
  if (odd >= 0) return `${describeLength(text)} with ${describeCharacter([...text][odd] ?? '')} at position ${odd + 1}`
  // The length first: the patterns would take long over a long text.
  const isHidden = text.length > MAX_SHOWN || HIDDEN.some((pattern) => pattern.test(text))
  return isHidden ? describeLength(text) : `'${text}'`
}

/** Names one character without printing it. */
export function describeCharacter(character: string): string {
  if (character === '\n' || character === '\r') return 'a line break'
  if (character === '\t') return 'a tab'
  if (character === ' ') return 'a space'
  const code = character.codePointAt(0) ?? 0
  if (code === 0xfeff) return 'a byte order mark'
  const isControl = code < 0x20 || (code >= 0x7f && code < 0xa0)
  const hex = code.toString(16).toUpperCase().padStart(4, '0')
  return isControl ? `a control character (U+${hex})` : `a character outside ASCII (U+${hex})`
}

function describeLength(text: string): string {
  const length = [...text].length
  return length === 1 ? 'a text of 1 character' : `a text of ${length} characters`
}
