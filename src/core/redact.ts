import { REDACTED } from './secret.ts'
import { deriveByteSpellings, deriveTextSpellings } from './secret-spellings.ts'

/** Replaces what must not be printed. Apply it before text is cut short: half a secret is not recognised. */
export type Redactor = (text: string) => string

/** Encodings of shorter texts are too short themselves: they would hit ordinary words. */
const SHORTEST_ENCODED = 8
const SHORTEST_LINE = 16

interface SecretShape {
  readonly pattern: RegExp
  readonly replacement: string
}

// Where a token may start: not inside a word, which also keeps each run of word characters to one attempt; but behind \n as JSON
// writes it and behind %3D as a URL does.
const START = String.raw`(?:(?<![\w-])|(?<=\\[nrt]|%[0-9A-Fa-f]{2}))`

const token = (pattern: string): SecretShape => ({ pattern: new RegExp(START + pattern, 'g'), replacement: REDACTED })
/** Keeps what the pattern's first group matched: the name or scheme in front of the secret. */
const behind = (pattern: RegExp): SecretShape => ({ pattern, replacement: `$1${REDACTED}` })

// Secrets that nobody told us: the agent's own, or those an upstream quotes. All patterns run in linear time.
const SHAPES: readonly SecretShape[] = [
  token('-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[^-]*(?:-----END [A-Z ]{0,40}PRIVATE KEY-----)?'),
  token(String.raw`eyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?`),
  token(String.raw`sk-[\w*-]{8,}`),
  token(String.raw`gh[pousr]_[\w-]{16,}(?:\.[\w-]+)*`),
  token(String.raw`github_pat_\w{16,}`),
  token(String.raw`AIza[\w-]{30,}`),
  token(String.raw`ya29\.[\w.-]{16,}`),
  token(String.raw`(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b`),
  // A word of prose after "bearer" or "basic" is short and has no digit.
  behind(/\b((?:bearer|basic)\s{1,4})(?=[\w.~+/=-]{0,64}\d|[\w.~+/=-]{24})[\w.~+/=-]{8,}/gi),
  behind(/((?:secret_?access_?key|session_?token)["'\s:=\\]{1,8})[\w/+=-]{30,}/gi),
  behind(/([?&](?:api[-_]?key|key|access_token|sig|signature|x-amz-signature|x-amz-security-token)=)[^&\s"'\\]+/gi),
  behind(/(:\/\/)[^\s/@:"']{0,256}:[^\s/@"']{1,512}(?=@)/g),
]

/**
 * Creates the redactor of a process. It replaces each known secret and its lines in every spelling, and everything that is
 * shaped like a secret of the providers we serve.
 * @param secrets the plain values; empty ones are ignored.
 */
export function createRedactor(secrets: readonly string[]): Redactor {
  const needles = [...new Set(secrets.flatMap(deriveSpellings))].filter((needle) => needle !== '')
  // The longest first: a short secret may be part of a longer one.
  needles.sort((left, right) => right.length - left.length)
  return (text) => {
    let result = text
    for (const needle of needles) if (result.includes(needle)) result = result.replaceAll(needle, REDACTED)
    for (const { pattern, replacement } of SHAPES) result = result.replace(pattern, replacement)
    return result
  }
}

function deriveSpellings(secret: string): string[] {
  // A PEM text or a JSON key file is printed line by line more often than as a whole.
  const lines = secret.split(/\r?\n/).filter((line) => line.length >= SHORTEST_LINE)
  return [secret, ...lines].flatMap((text) => [
    ...deriveTextSpellings(text),
    ...(text.length < SHORTEST_ENCODED ? [] : deriveByteSpellings(text)),
  ])
}
