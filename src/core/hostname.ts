/**
 * Host names, parsed once. A Hostname is ASCII, lower case, without port, brackets, user info or trailing dot, and is either
 * a DNS name of valid labels or an IP literal. Nothing else in the project compares host strings.
 */
export type Hostname = string & { readonly __brand: 'Hostname' }

const LABEL = /^(?!-)[a-z0-9_-]{1,63}(?<!-)$/

/**
 * Parses a bare host name or IP literal (IPv6 with or without brackets).
 * @returns the Hostname, or undefined when the text is not exactly one host name.
 */
export function parseHostname(text: string): Hostname | undefined {
  const lower = text.toLowerCase()
  const bare = lower.endsWith('.') ? lower.slice(0, -1) : lower
  if (bare.length === 0 || bare.length > 253) return undefined
  const literal = bare.startsWith('[') && bare.endsWith(']') ? bare.slice(1, -1) : bare
  if (literal.includes(':')) return isIpv6(literal) ? (literal as Hostname) : undefined
  const labels = bare.split('.')
  if (!labels.every((label) => LABEL.test(label))) return undefined
  return isNumericName(labels) && !isIpv4(labels) ? undefined : (bare as Hostname)
}

/** True for 127.0.0.0/8, ::1 and localhost. */
export function isLoopback(hostname: Hostname): boolean {
  return hostname === 'localhost' || hostname === '::1' || (/^127\./.test(hostname) && isIpv4(hostname.split('.')))
}

/** True when `hostname` is a strict sub-name of `parent`: label-wise, never a bare suffix (evilghe.com is not under ghe.com). */
export function isSubdomainOf(hostname: Hostname, parent: Hostname): boolean {
  return hostname.length > parent.length + 1 && hostname.endsWith(`.${parent}`)
}

/** True for an IPv4 or IPv6 literal. */
export function isIpLiteral(hostname: Hostname): boolean {
  return hostname.includes(':') || isIpv4(hostname.split('.'))
}

/** The name as it stands in a URL or Host header: IPv6 gets its brackets back. */
export function renderHost(hostname: Hostname): string {
  return hostname.includes(':') ? `[${hostname}]` : hostname
}

function isIpv4(labels: readonly string[]): boolean {
  return labels.length === 4 && labels.every((label) => /^(0|[1-9]\d{0,2})$/.test(label) && Number(label) <= 255)
}

// WHATWG URL reads a name with a numeric last label as an IPv4 address (1.2.3, 0x7f.1): two readings, so refused.
function isNumericName(labels: readonly string[]): boolean {
  return /^(\d+|0x[0-9a-f]*)$/.test(labels.at(-1) ?? '')
}

function isIpv6(text: string): boolean {
  if (!/^[0-9a-f:.]+$/.test(text)) return false
  return URL.canParse(`http://[${text}]/`)
}
