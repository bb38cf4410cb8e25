import { readHeaderName } from '../../../core/header-name.ts'
import type { ByteSource } from '../wire/byte-source.ts'

/** What goes upstream. */
export interface UpstreamRequest {
  readonly method: string
  readonly path: string
  /** `host[:port]` for the Host header. */
  readonly authority: string
  /** Flat name/value list without Host and framing headers of the sidecar's own making. */
  readonly headers: readonly string[]
  readonly body: Buffer | ByteSource | null
}

/** The request cannot be written as HTTP/1.1 without changing its meaning. */
export class InvalidRequestError extends Error {
  readonly code = 'INVALID_REQUEST'
}

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
// Characters above 0xff would be cut to one byte each and could become CR or LF.
const FORBIDDEN_IN_VALUE = /[^\t\x20-\x7e\x80-\xff]/
const FORBIDDEN_IN_PATH = /[^\x21-\x7e\x80-\xff]/
const WITHOUT_BODY: ReadonlySet<string> = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE'])

export type RequestFraming = 'none' | 'length' | 'chunked'

/**
 * Renders the head. The framing is decided here and here only: a Content-Length of the client's is taken over for a streamed
 * body, never beside another framing.
 * @throws InvalidRequestError
 */
export function renderRequestHead(request: UpstreamRequest): {
  readonly text: string
  readonly framing: RequestFraming
} {
  const { method, path, headers, body } = request
  if (!TOKEN.test(method) || path[0] !== '/' || FORBIDDEN_IN_PATH.test(path)) {
    throw new InvalidRequestError('the request line is malformed')
  }
  const parts = [`${method} ${path} HTTP/1.1\r\nhost: ${request.authority}\r\nconnection: keep-alive\r\n`]
  let length: string | undefined
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const name = readHeaderName(headers[index] ?? '')
    const value = headers[index + 1] ?? ''
    if (name === undefined || FORBIDDEN_IN_VALUE.test(value)) throw new InvalidRequestError('a header is malformed')
    if (name.lower === 'content-length') length = value
    else parts.push(name.text, ': ', value, '\r\n')
  }
  const framing = renderFraming(method, body, length)
  parts.push(framing.text, '\r\n')
  return { text: parts.join(''), framing: framing.kind }
}

type RenderedFraming = { readonly kind: RequestFraming; readonly text: string }

function renderFraming(method: string, body: UpstreamRequest['body'], length: string | undefined): RenderedFraming {
  if (body === null) return { kind: 'none', text: WITHOUT_BODY.has(method) ? '' : 'content-length: 0\r\n' }
  if (Buffer.isBuffer(body)) return { kind: 'length', text: `content-length: ${body.length}\r\n` }
  if (length === undefined) return { kind: 'chunked', text: 'transfer-encoding: chunked\r\n' }
  if (!/^\d{1,15}$/.test(length)) throw new InvalidRequestError('Content-Length is not a number')
  return { kind: 'length', text: `content-length: ${length}\r\n` }
}
