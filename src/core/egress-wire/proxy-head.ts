import { type Hostname, parseHostname } from '../hostname.ts'

/** The head that a client of the forward proxy sends, as far as the proxy reads it itself: CONNECT, and nothing else. */
export type ProxyHeadReading =
  | { readonly kind: 'more' }
  | { readonly kind: 'connect'; readonly name: Hostname; readonly port: number; readonly headBytes: number }
  /** Another method: the HTTP parser reads it from its first byte. */
  | { readonly kind: 'request' }
  | { readonly kind: 'refused'; readonly reason: 'not-http' | 'name-mismatch' }

/** Bytes of the longest head, its end not counted. */
export const MAX_PROXY_HEAD = 16 * 1024
const METHOD = 'CONNECT '
const REQUEST_LINE = /^CONNECT (\S+) HTTP\/1\.[01]$/
const HEADER_LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\r\n\0]*?)[ \t]*$/
const CONTROL = /[^\t\x20-\x7e\x80-\xff]/
// A CONNECT has no body: with one announced, we and the next reader would disagree where the tunnel begins.
const FORBIDDEN_HEADERS: ReadonlySet<string> = new Set(['transfer-encoding', 'content-length', 'upgrade'])
const NOT_HTTP = { kind: 'refused', reason: 'not-http' } as const

/** @param bytes everything that has come since the connection began. */
export function parseProxyHead(bytes: Buffer): ProxyHeadReading {
  const start = bytes.toString('latin1', 0, METHOD.length)
  if (!METHOD.startsWith(start)) return { kind: 'request' }
  const end = bytes.indexOf('\r\n\r\n')
  // All but the last byte of the end may be there already: where the bytes are cut must not decide.
  if (end < 0) return bytes.length > MAX_PROXY_HEAD + 3 ? NOT_HTTP : { kind: 'more' }
  if (end > MAX_PROXY_HEAD) return NOT_HTTP
  const [requestLine = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n')
  const target = REQUEST_LINE.exec(requestLine)?.[1] ?? ''
  const authority = parseAuthority(target)
  const hosts = readHosts(lines)
  if (authority === undefined || hosts === undefined || hosts.length > 1) return NOT_HTTP
  const [host = target] = hosts
  if (host !== target && readHostName(host) !== authority.name) {
    return { kind: 'refused', reason: 'name-mismatch' }
  }
  return { kind: 'connect', ...authority, headBytes: end + 4 }
}

/** `name:port`, `1.2.3.4:port` or `[v6]:port`; the port always stands there. */
function parseAuthority(text: string): { readonly name: Hostname; readonly port: number } | undefined {
  const match = /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+):([1-9]\d{0,4})$/.exec(text)
  const name = parseHostname(match?.[1] ?? '')
  const port = Number(match?.[2])
  return name === undefined || port > 65_535 ? undefined : { name, port }
}

/** Values of Host, or undefined when a line is malformed or announces a body. */
function readHosts(lines: readonly string[]): string[] | undefined {
  const hosts: string[] = []
  for (const line of lines) {
    const match = CONTROL.test(line) ? null : HEADER_LINE.exec(line)
    const name = match?.[1]?.toLowerCase()
    if (name === undefined || isBodyHeader(name, match?.[2] ?? '')) return undefined
    if (name === 'host') hosts.push(match?.[2] ?? '')
  }
  return hosts
}

const isBodyHeader = (name: string, value: string): boolean =>
  FORBIDDEN_HEADERS.has(name) && !(name === 'content-length' && value === '0')

function readHostName(host: string): Hostname | undefined {
  return parseHostname(host.replace(/:\d{1,5}$/, ''))
}
