import { readHeaderName } from '../../../core/header-name.ts'

/**
 * The head of an upstream's answer, read strictly: where two parsers could disagree about what a byte means, the answer is
 * refused. A lenient reading would let one answer's bytes be taken for the next one's (RFC 9112 §11.1, §11.2).
 */
export interface ResponseHead {
  readonly status: number
  readonly reason: string
  /** Flat name/value list as it came. */
  readonly headers: readonly string[]
  readonly contentType: string
  readonly contentEncoding: string
  readonly framing: Framing
  /** False when the connection ends with this answer. */
  readonly isPersistent: boolean
  /** Seconds the upstream promises to keep the idle connection, where it says so. */
  readonly keepAliveSeconds: number | undefined
}

export type Framing =
  | { readonly kind: 'none' }
  | { readonly kind: 'length'; readonly bytes: number }
  | { readonly kind: 'chunked' }
  | { readonly kind: 'until-close' }

/** The upstream said something that is not HTTP/1.1 as it must be. The text names the rule, never the bytes. */
export class ProtocolError extends Error {
  readonly code = 'UPSTREAM_PROTOCOL'
}

const STATUS_LINE = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: (.*))?$/
// Everything but tab, visible characters and obs-text; a lone CR or LF is in here too.
const FORBIDDEN = /[^\t\x20-\x7e\x80-\xff]/
const DIGITS = /^\d{1,15}$/

interface Fields {
  readonly headers: string[]
  contentType: string
  contentEncoding: string
  length: string | undefined
  encoding: string | undefined
  connection: string | undefined
  keepAlive: string | undefined
}

/**
 * @param text the head without its last empty line, latin-1.
 * @param method of the request: an answer to HEAD has no body whatever it says.
 * @throws ProtocolError
 */
export function parseResponseHead(text: string, method: string): ResponseHead {
  const lineEnd = findLineEnd(text, 0)
  const statusLine = STATUS_LINE.exec(text.slice(0, lineEnd))
  if (statusLine === null || FORBIDDEN.test(statusLine[0])) throw new ProtocolError('the status line is malformed')
  const status = Number(statusLine[2])
  const fields = readFields(text, lineEnd + 2)
  const framing = decideFraming(status, method, fields)
  return {
    status,
    reason: statusLine[3] ?? '',
    headers: fields.headers,
    contentType: fields.contentType,
    contentEncoding: fields.contentEncoding,
    framing,
    isPersistent: framing.kind !== 'until-close' && isPersistent(statusLine[1] === '1', fields),
    keepAliveSeconds: readKeepAlive(fields.keepAlive),
  }
}

function readFields(text: string, from: number): Fields {
  const fields: Fields = {
    headers: [],
    contentType: '',
    contentEncoding: '',
    length: undefined,
    encoding: undefined,
    connection: undefined,
    keepAlive: undefined,
  }
  for (let at = from; at <= text.length; ) {
    const end = findLineEnd(text, at)
    readField(text.slice(at, end), fields)
    at = end + 2
  }
  return fields
}

function findLineEnd(text: string, from: number): number {
  const end = text.indexOf('\r\n', from)
  return end < 0 ? text.length : end
}

function readField(line: string, fields: Fields): void {
  const colon = line.indexOf(':')
  // A space before the colon or at the start of the line (folding) is no token character.
  const name = colon < 1 ? undefined : readHeaderName(line.slice(0, colon))
  if (name === undefined || FORBIDDEN.test(line)) throw new ProtocolError('a header line is malformed')
  const value = trimBlanks(line, colon + 1)
  fields.headers.push(name.text, value)
  switch (name.lower) {
    case 'keep-alive':
      fields.keepAlive = value
      return
    case 'connection':
      fields.connection = fields.connection === undefined ? value : `${fields.connection},${value}`
      return
    case 'content-type':
      fields.contentType = value
      return
    case 'content-encoding':
      noteCoding(value, fields)
      return
    case 'content-length':
      noteLength(value, fields)
      return
    case 'transfer-encoding':
      noteEncoding(value, fields)
  }
}

function noteLength(value: string, fields: Fields): void {
  if (!DIGITS.test(value)) throw new ProtocolError('Content-Length is not a number')
  if (fields.length !== undefined && fields.length !== value) throw new ProtocolError('Content-Length is given twice')
  // Two that agree are passed on as one (RFC 9112 §6.3): the client may be stricter than we are.
  if (fields.length !== undefined) fields.headers.length -= 2
  fields.length = value
}

// A list may be given in several lines: each coding counts.
function noteCoding(value: string, fields: Fields): void {
  fields.contentEncoding = fields.contentEncoding === '' ? value : `${fields.contentEncoding}, ${value}`
}

function noteEncoding(value: string, fields: Fields): void {
  if (fields.encoding !== undefined || value.toLowerCase() !== 'chunked') {
    throw new ProtocolError('Transfer-Encoding is not chunked alone')
  }
  fields.encoding = value
}

function decideFraming(status: number, method: string, fields: Fields): Framing {
  if (fields.length !== undefined && fields.encoding !== undefined) {
    throw new ProtocolError('Content-Length and Transfer-Encoding are both given')
  }
  if (method === 'HEAD' || status === 204 || status === 304 || status < 200) return { kind: 'none' }
  if (fields.encoding !== undefined) return { kind: 'chunked' }
  if (fields.length === undefined) return { kind: 'until-close' }
  const bytes = Number(fields.length)
  return bytes === 0 ? { kind: 'none' } : { kind: 'length', bytes }
}

// HTTP/1.0 has no Transfer-Encoding: behind such an answer the connection is not used again (RFC 9112 §6.1).
function isPersistent(isVersion11: boolean, { connection, encoding }: Fields): boolean {
  if (!isVersion11 && encoding !== undefined) return false
  if (connection === undefined) return isVersion11
  const options = connection
    .toLowerCase()
    .split(',')
    .map((option) => trimBlanks(option, 0))
  if (options.includes('close')) return false
  return isVersion11 || options.includes('keep-alive')
}

function readKeepAlive(value: string | undefined): number | undefined {
  const seconds = value === undefined ? undefined : /(?:^|[,;\s])timeout=(\d{1,6})/i.exec(value)?.[1]
  return seconds === undefined ? undefined : Number(seconds)
}

// Not trim(): 0xa0 is white space to JavaScript and a character to every parser of HTTP.
function trimBlanks(line: string, from: number): string {
  let start = from
  let end = line.length
  while (start < end && isBlank(line.charCodeAt(start))) start += 1
  while (end > start && isBlank(line.charCodeAt(end - 1))) end -= 1
  return line.slice(start, end)
}

const isBlank = (code: number): boolean => code === 0x20 || code === 0x09
