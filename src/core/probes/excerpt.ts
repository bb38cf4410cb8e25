import { parseJson, readPath } from './json.ts'

/** Longest excerpt of a foreign text in one of our sentences, in characters. */
const EXCERPT_LIMIT = 160

// Only the head of a body is looked at: an error names its cause there, and hostile bodies may be large.
const HEAD = 4096

const SECRET_LIKE: readonly RegExp[] = [
  /\b(authorization|proxy-authorization|x-api-key|api-key|x-goog-api-key|cookie|set-cookie)\b["']?\s*[:=]\s*("[^"]*"|'[^']*'|\S+(\s+\S+)?)/gi,
  /\b(bearer|token|basic)\s+(?=\S*[\d*])[A-Za-z0-9._~+/=*-]{6,}/gi,
  /\b(sk|pk|rk|gh[a-z]|xox[a-z]|github_pat|AIza|ya29|AKIA|ASIA)[-_A-Za-z0-9.*]{6,}/g,
  /\beyJ[A-Za-z0-9_-]{6,}(\.[A-Za-z0-9_-]*)*/g,
  /(?=[A-Za-z0-9+/_=.*-]*\d)[A-Za-z0-9+/_=.*-]{32,}/g,
]

/**
 * The text of a foreign error (its message, where it is JSON), made safe for one of our sentences: one line, no control or
 * direction characters, no markup, nothing that looks like a credential, at most 160 characters. Known secrets are redacted
 * before; this removes those nobody knows.
 * @returns the excerpt, or `no text` when nothing readable is left.
 */
export function deriveExcerpt(body: string): string {
  const plain = stripMarkup(findSentence(body).slice(0, HEAD))
    .replace(/[\p{C}\p{Zl}\p{Zp}\ufffd]+/gu, ' ')
    .replace(/[«»]/g, '"')
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/[.\s]+$/, '')
  const masked = SECRET_LIKE.reduce((text, pattern) => text.replace(pattern, '***'), plain)
  if (masked === '') return 'no text'
  return masked.length > EXCERPT_LIMIT ? `${masked.slice(0, EXCERPT_LIMIT - 1)}…` : masked
}

/** True for an HTML page: the answer of a login page, a block page or a web server, not of an API. */
export function looksLikeHtml(body: string, contentType: string): boolean {
  if (/^\s*(text\/html|application\/xhtml)/i.test(contentType)) return true
  return /^[\s\ufeff]*<(!doctype\s+html|html|head|body|script|meta|title)\b/i.test(body.slice(0, 512))
}

// Where the envelopes of the providers and of common gateways keep their sentence.
const SENTENCES: readonly (readonly string[])[] = [['error', 'message'], ['message'], ['error'], ['detail'], ['title']]

function findSentence(body: string): string {
  const parsed = parseJson(body)
  const values = SENTENCES.map((path) => readPath(parsed, ...path))
  return values.find((value): value is string => typeof value === 'string' && value !== '') ?? body
}

function stripMarkup(text: string): string {
  const title = /<title[^>]*>([^<]{1,200})/i.exec(text)?.[1]
  if (title !== undefined) return title
  return text.replace(/<(script|style)\b[^>]*>[^<]*/gi, ' ').replace(/<[^>]{0,400}>?/g, ' ')
}
