import { readHeaderName } from '../../../core/header-name.ts'

/**
 * The head of a client's request, read strictly: what two parsers could read differently is refused and its connection closed,
 * so that no byte of one request can be taken for another's (RFC 9112 §11.2). Nothing of it goes upstream as it is: the request
 * that leaves is written anew from these parts.
 */
export interface RequestHead {
  readonly method: string
  /** As on the wire. */
  readonly target: string
  readonly isVersion11: boolean
  /** Flat name/value list as it came. */
  readonly headers: readonly string[]
  readonly host: string | undefined
  /** Value of Upgrade, whether or not Connection names it. */
  readonly upgrade: string | undefined
  /** True when the client asks to leave HTTP. */
  readonly isUpgrade: boolean
  readonly framing: RequestBodyFraming
  readonly expectsContinue: boolean
  /** False when the client wants the connection to end with the answer. */
  readonly isPersistent: boolean
}

export type RequestBodyFraming =
  | { readonly kind: 'none' }
  | { readonly kind: 'length'; readonly bytes: number }
  | { readonly kind: 'chunked' }

/** The client said something that is not HTTP/1.1 as it must be. The text names the rule, never the bytes. */
export class MalformedRequestError extends Error {
  readonly status: 400 | 417

  constructor(rule: string, status: 400 | 417 = 400) {
    super(rule)
    this.status = status
  }
}

const MAX_FIELDS = 500
const REQUEST_LINE = /^([A-Z-]{1,20}) ([\x21-\x7e\x80-\xff]+) HTTP\/1\.([01])$/
// Everything but tab, visible characters and obs-text; a lone CR or LF is in here too.
const FORBIDDEN = /[^\t\x20-\x7e\x80-\xff]/
const DIGITS = /^\d{1,15}$/

interface Fields {
  readonly headers: string[]
  host: string | undefined
  upgrade: string | undefined
  expect: string | undefined
  length: string | undefined
  isChunked: boolean
  connection: string | undefined
}

/**
 * @param text the head without its last empty line, Latin-1.
 * @param methods the known ones: an unknown method is more likely another protocol than a request.
 * @throws MalformedRequestError
 */
export function parseRequestHead(text: string, methods: ReadonlySet<string>): RequestHead {
  const lineEnd = findLineEnd(text, 0)
  const line = REQUEST_LINE.exec(text.slice(0, lineEnd))
  if (line === null || !methods.has(line[1] ?? '')) throw new MalformedRequestError('the request line is malformed')
  const isVersion11 = line[3] === '1'
  const fields = readFields(text, lineEnd + 2)
  const framing = decideFraming(isVersion11, fields)
  if (isVersion11 && fields.host === undefined) throw new MalformedRequestError('Host is missing')
  const options = readConnection(isVersion11, fields)
  if (options.isUpgrade && framing.kind !== 'none' && fields.upgrade?.toLowerCase() === 'websocket') {
    throw new MalformedRequestError('a WebSocket handshake has a body')
  }
  return {
    method: line[1] ?? '',
    target: line[2] ?? '',
    isVersion11,
    headers: fields.headers,
    host: fields.host,
    upgrade: fields.upgrade,
    isUpgrade: options.isUpgrade && isVersion11,
    framing,
    expectsContinue: readExpectation(isVersion11, fields.expect),
    isPersistent: options.isPersistent,
  }
}

function readFields(text: string, from: number): Fields {
  const fields: Fields = {
    headers: [],
    host: undefined,
    upgrade: undefined,
    expect: undefined,
    length: undefined,
    isChunked: false,
    connection: undefined,
  }
  for (let at = from; at <= text.length; ) {
    const end = findLineEnd(text, at)
    if (fields.headers.length >= MAX_FIELDS * 2) throw new MalformedRequestError('there are too many header lines')
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
  if (name === undefined || FORBIDDEN.test(line)) throw new MalformedRequestError('a header line is malformed')
  const value = trimBlanks(line, colon + 1)
  fields.headers.push(name.text, value)
  switch (name.lower) {
    case 'host':
      fields.host = once(fields.host, value)
      return
    case 'expect':
      fields.expect = once(fields.expect, value)
      return
    case 'upgrade':
      fields.upgrade = once(fields.upgrade, value)
      return
    case 'connection':
      fields.connection = joinList(fields.connection, value)
      return
    case 'content-length':
      noteLength(value, fields)
      return
    case 'transfer-encoding':
      noteEncoding(value, fields)
  }
}

function once(before: string | undefined, value: string): string {
  if (before !== undefined) throw new MalformedRequestError('a header that stands once is given twice')
  return value
}

function joinList(before: string | undefined, value: string): string {
  return before === undefined ? value : `${before},${value}`
}

function noteLength(value: string, fields: Fields): void {
  if (!DIGITS.test(value)) throw new MalformedRequestError('Content-Length is not a number')
  fields.length = once(fields.length, value)
}

function noteEncoding(value: string, fields: Fields): void {
  if (fields.isChunked || value.toLowerCase() !== 'chunked') {
    throw new MalformedRequestError('Transfer-Encoding is not chunked alone')
  }
  fields.isChunked = true
}

function decideFraming(isVersion11: boolean, { isChunked, length }: Fields): RequestBodyFraming {
  if (isChunked && length !== undefined) {
    throw new MalformedRequestError('Content-Length and Transfer-Encoding are both given')
  }
  if (isChunked && !isVersion11) throw new MalformedRequestError('HTTP/1.0 has no Transfer-Encoding')
  if (isChunked) return { kind: 'chunked' }
  const bytes = Number(length ?? 0)
  return bytes === 0 ? NO_BODY : { kind: 'length', bytes }
}

const NO_BODY: RequestBodyFraming = { kind: 'none' }

function readConnection(isVersion11: boolean, { connection, upgrade }: Fields) {
  if (connection === undefined) return { isUpgrade: false, isPersistent: isVersion11 }
  const options = connection
    .toLowerCase()
    .split(',')
    .map((option) => trimBlanks(option, 0))
  return {
    isUpgrade: upgrade !== undefined && options.includes('upgrade'),
    isPersistent: !options.includes('close') && (isVersion11 || options.includes('keep-alive')),
  }
}

function readExpectation(isVersion11: boolean, expect: string | undefined): boolean {
  if (expect === undefined || !isVersion11) return false
  if (expect.toLowerCase() !== '100-continue') throw new MalformedRequestError('Expect is unknown', 417)
  return true
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
