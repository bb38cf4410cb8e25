import { isIP } from 'node:net'
import { isLoopback, parseHostname } from './hostname.ts'

/**
 * Addresses of the name servers in the text of a resolv.conf, in order, without those on loopback: behind the firewall a local
 * stub would give back the answers that the firewall itself made up. Zone ids of link-local addresses are kept.
 */
export function parseNameservers(text: string): string[] {
  const found = text.split('\n').flatMap((line) => {
    const address = /^\s*nameserver\s+(\S+)\s*$/.exec(line.replace(/[#;].*$/, ''))?.[1]
    const hostname = address === undefined ? undefined : parseHostname(address.replace(/%.*$/, ''))
    // A name is no server's address; a resolver that is given one fails as a whole.
    if (address === undefined || isIP(address) === 0) return []
    return hostname === undefined || isLoopback(hostname) ? [] : [address]
  })
  return [...new Set(found)]
}
