import { isIP } from 'node:net'
import { parseAddressBytes } from './address-bytes.ts'

/** Whether a connection to this host goes past the corporate proxy. */
export type ProxyBypass = (hostname: string, port: number) => boolean

/**
 * Reads NO_PROXY once: names (with their sub-names), `.suffix`, `host:port`, addresses, CIDR ranges, `*`; separated by commas or
 * blanks. Loopback always goes past.
 */
export function parseNoProxy(noProxy: string): ProxyBypass {
  const entries = noProxy
    .split(/[\s,]+/)
    .map((entry) => entry.trim().toLowerCase())
    .filter((entry) => entry !== '')
  const ranges = entries.flatMap((entry) => parseRange(entry) ?? [])
  return (hostname, port) => {
    if (hostname === 'localhost' || hostname === '127.0.0.1' || hostname === '::1') return true
    if (isIP(hostname) !== 0 && ranges.some((range) => isInRange(range, parseAddressBytes(hostname)))) return true
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

interface Range {
  readonly bytes: readonly number[]
  readonly bits: number
}

function parseRange(entry: string): Range | undefined {
  const [address = '', prefix] = entry.replace(/^\[|\]$/g, '').split('/')
  if (isIP(address) === 0) return undefined
  // Number('') is 0: a forgotten prefix would be a range that holds every address.
  if (prefix !== undefined && !/^\d{1,3}$/.test(prefix)) return undefined
  const bytes = parseAddressBytes(address)
  const bits = prefix === undefined ? bytes.length * 8 : Number(prefix)
  return bits <= bytes.length * 8 ? { bytes, bits } : undefined
}

function isInRange(range: Range, bytes: readonly number[]): boolean {
  if (range.bytes.length !== bytes.length) return false
  return bytes.every((byte, index) => {
    const kept = Math.min(8, Math.max(0, range.bits - index * 8))
    const mask = (0xff << (8 - kept)) & 0xff
    return (byte & mask) === ((range.bytes[index] ?? 0) & mask)
  })
}
