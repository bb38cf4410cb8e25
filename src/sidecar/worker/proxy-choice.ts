import { BlockList, isIP, isIPv6 } from 'node:net'
import type { Upstream } from '../../core/upstream.ts'

/** The corporate proxy for an upstream, or undefined for a direct connection. */
export type ProxyChoice = (upstream: Pick<Upstream, 'scheme' | 'hostname' | 'port'>) => URL | undefined

export interface ProxySettings {
  readonly https?: string | undefined
  readonly http?: string | undefined
  /** NO_PROXY: names (with their sub-names), `.suffix`, `host:port`, addresses, CIDR ranges, `*`. */
  readonly noProxy: string
}

/** Reads the settings once; the proxies' URLs were parsed by the action. */
export function createProxyChoice(settings: ProxySettings): ProxyChoice {
  const byScheme = { https: toUrl(settings.https), http: toUrl(settings.http) }
  const isBypassed = createBypass(settings.noProxy)
  return (upstream) => {
    const proxy = byScheme[upstream.scheme]
    return proxy === undefined || isBypassed(upstream.hostname, upstream.port) ? undefined : proxy
  }
}

function toUrl(text: string | undefined): URL | undefined {
  return text === undefined || text === '' ? undefined : new URL(text)
}

function createBypass(noProxy: string): (hostname: string, port: number) => boolean {
  const entries = noProxy
    .split(/[\s,]+/)
    .map((entry) => entry.trim().toLowerCase())
    .filter((entry) => entry !== '')
  const ranges = createRanges(entries)
  return (hostname, port) => {
    if (hostname === 'localhost' || hostname === '127.0.0.1' || hostname === '::1') return true
    if (isIP(hostname) !== 0 && ranges.check(hostname, isIPv6(hostname) ? 'ipv6' : 'ipv4')) return true
    return entries.some((entry) => matchesEntry(entry, hostname, port))
  }
}

function matchesEntry(entry: string, hostname: string, port: number): boolean {
  if (entry === '*') return true
  const withPort = /^(.*[^:]):(\d+)$/.exec(entry)
  if (withPort !== null && withPort[2] !== String(port)) return false
  const name = (withPort?.[1] ?? entry).replace(/^\*?\./, '')
  return hostname === name || hostname.endsWith(`.${name}`)
}

function createRanges(entries: readonly string[]): BlockList {
  const ranges = new BlockList()
  for (const entry of entries) {
    const [address = '', prefix] = entry.replace(/^\[|\]$/g, '').split('/')
    if (isIP(address) !== 0) addRange(ranges, address, prefix)
  }
  return ranges
}

function addRange(ranges: BlockList, address: string, prefix: string | undefined): void {
  const [family, longest] = isIPv6(address) ? (['ipv6', 128] as const) : (['ipv4', 32] as const)
  const bits = prefix === undefined ? longest : Number(prefix)
  if (Number.isInteger(bits) && bits >= 0 && bits <= longest) ranges.addSubnet(address, bits, family)
}
