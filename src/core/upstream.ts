import { type Hostname, isLoopback, parseHostname, renderHost } from './hostname.ts'

/**
 * Where requests of one provider go: one type for scheme, host, port and base path, so that no later code guesses from a host
 * string. Serialisable; made only by {@link parseUpstream} or {@link httpsUpstream}.
 */
export interface Upstream {
  readonly scheme: 'https' | 'http'
  readonly hostname: Hostname
  /** 1–65535; 443 and 80 are written out. */
  readonly port: number
  /** Empty, or starts with a slash and does not end with one. */
  readonly basePath: string
}

export type UpstreamFault =
  | 'not-a-url'
  | 'scheme'
  | 'user-info'
  | 'query'
  | 'fragment'
  | 'hostname'
  | 'plain-http'
  | 'path'

export interface UpstreamRules {
  /** Plain HTTP to a host that is not loopback is refused unless this is set. */
  readonly allowPlainHttp?: boolean
}

/**
 * Parses a base URL. Never repairs: a missing scheme, user info, query, fragment, dot segments or an unclear host is a fault.
 * @returns the upstream, or the name of what is wrong with the text.
 */
export function parseUpstream(text: string, rules: UpstreamRules = {}): Upstream | UpstreamFault {
  const fault = findTextFault(text)
  if (fault !== undefined) return fault
  const url = new URL(text)
  const hostname = parseHostname(url.hostname)
  if (hostname === undefined || !hasSameHost(text, hostname)) return 'hostname'
  const scheme = url.protocol === 'https:' ? 'https' : 'http'
  if (scheme === 'http' && !isLoopback(hostname) && rules.allowPlainHttp !== true) return 'plain-http'
  const port = url.port === '' ? (scheme === 'https' ? 443 : 80) : Number(url.port)
  if (port === 0) return 'hostname'
  return { scheme, hostname, port, basePath: url.pathname.replace(/\/+$/, '') }
}

/** An https upstream on port 443 for a host that is already parsed. */
export function httpsUpstream(hostname: Hostname, basePath = ''): Upstream {
  return { scheme: 'https', hostname, port: 443, basePath }
}

/** `scheme://host[:port]` without path; the default port of the scheme is left out. */
export function renderOrigin(upstream: Upstream): string {
  return `${upstream.scheme}://${renderAuthority(upstream)}`
}

/** `host[:port]` as it stands in a Host header. */
export function renderAuthority(upstream: Upstream): string {
  const isDefault = upstream.port === (upstream.scheme === 'https' ? 443 : 80)
  return isDefault ? renderHost(upstream.hostname) : `${renderHost(upstream.hostname)}:${upstream.port}`
}

/** The whole base URL, without a trailing slash. */
export function renderUpstream(upstream: Upstream): string {
  return renderOrigin(upstream) + upstream.basePath
}

function findTextFault(text: string): UpstreamFault | undefined {
  const match = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)([^?#]*)(.*)$/i.exec(text)
  if (match === null || /[\s\\]|[^\x21-\x7e]/.test(text)) return 'not-a-url'
  const [, scheme = '', authority = '', path = '', rest = ''] = match
  if (!/^https?$/i.test(scheme)) return 'scheme'
  if (authority.includes('@')) return 'user-info'
  if (rest.startsWith('?')) return 'query'
  if (rest.startsWith('#')) return 'fragment'
  if (/(^|\/)(\.|%2e){1,2}(\/|$)/i.test(path) || path.includes('//')) return 'path'
  return URL.canParse(text) ? undefined : 'not-a-url'
}

// The URL parser decodes %-escapes and odd IPv4 spellings in hosts; what it read must be what was written.
function hasSameHost(text: string, hostname: Hostname): boolean {
  const authority = text.replace(/^[a-z]+:\/\//i, '').split('/')[0] ?? ''
  const written = authority.replace(/:\d*$/, '')
  return parseHostname(written) === hostname
}
