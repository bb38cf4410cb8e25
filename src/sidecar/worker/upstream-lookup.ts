import type { LookupAddress, LookupOptions } from 'node:dns'
import { Resolver } from 'node:dns/promises'
import { isIP } from 'node:net'

type LookupCallback = (error: NodeJS.ErrnoException | null, address: string | LookupAddress[], family?: number) => void

/** As `lookup` of a socket's options wants it. */
export type UpstreamLookup = (hostname: string, options: LookupOptions, callback: LookupCallback) => void

/** The two questions that are asked of a name server. */
export interface NameServers {
  resolve4(name: string): Promise<string[]>
  resolve6(name: string): Promise<string[]>
}

export interface LookupSettings {
  /** Text of /etc/hosts. */
  readonly hosts: string
  readonly servers: NameServers
}

const QUESTION = { timeout: 2000, tries: 2 } as const

/** Asks these servers and no others. Throws where one is no address. */
export function createNameServers(addresses: readonly string[]): NameServers {
  const resolver = new Resolver(QUESTION)
  resolver.setServers(addresses)
  return resolver
}

/**
 * Finds addresses by /etc/hosts and the given name servers, never by the system: behind the firewall the system's resolver is given
 * made-up addresses, which lead back to the relay. IPv4 comes first; whoever connects tries the others as well.
 */
export function createUpstreamLookup({ hosts, servers }: LookupSettings): UpstreamLookup {
  const known = parseHosts(hosts)
  return (hostname, options, callback) => {
    const name = hostname.toLowerCase().replace(/\.$/, '')
    const found = known.get(name)
    const search = found === undefined ? ask(servers, name) : Promise.resolve(found)
    search.then(
      (addresses) => answer(hostname, select(addresses, options.family), { options, callback }),
      (error: NodeJS.ErrnoException) => callback(error, []),
    )
  }
}

function answer(
  hostname: string,
  addresses: readonly LookupAddress[],
  { options, callback }: { readonly options: LookupOptions; readonly callback: LookupCallback },
): void {
  const [first] = addresses
  if (first === undefined) callback(createError(hostname, 'ENOTFOUND'), [])
  else if (options.all === true) callback(null, [...addresses])
  else callback(null, first.address, first.family)
}

function select(addresses: readonly LookupAddress[], family: LookupOptions['family']): readonly LookupAddress[] {
  const wanted = family === 'IPv4' ? 4 : family === 'IPv6' ? 6 : (family ?? 0)
  return wanted === 0 ? addresses : addresses.filter((address) => address.family === wanted)
}

async function ask(servers: NameServers, name: string): Promise<readonly LookupAddress[]> {
  const [four, six] = await Promise.allSettled([servers.resolve4(name), servers.resolve6(name)])
  const addresses = [...listFound(four, 4), ...listFound(six, 6)]
  if (addresses.length > 0) return addresses
  const codes = [four, six].flatMap((result) => (result.status === 'rejected' ? [String(result.reason?.code)] : []))
  // Said by a server, and not for want of one: the same two codes as the system's resolver has.
  const isUnknown = codes.every((code) => code === 'ENOTFOUND' || code === 'ENODATA')
  throw createError(name, isUnknown ? 'ENOTFOUND' : 'EAI_AGAIN')
}

function listFound(result: PromiseSettledResult<string[]>, family: number): LookupAddress[] {
  return result.status === 'fulfilled' ? result.value.map((address) => ({ address, family })) : []
}

function createError(hostname: string, code: 'ENOTFOUND' | 'EAI_AGAIN'): NodeJS.ErrnoException {
  return Object.assign(new Error(`lookup ${code} ${hostname}`), { code, syscall: 'lookup', hostname })
}

const LOOPBACK: readonly LookupAddress[] = [
  { address: '127.0.0.1', family: 4 },
  { address: '::1', family: 6 },
]

/** Names of /etc/hosts, lower case, with their addresses in the order of the file; `localhost` is always there. */
export function parseHosts(text: string): ReadonlyMap<string, readonly LookupAddress[]> {
  const known = new Map<string, LookupAddress[]>()
  for (const line of text.split('\n')) {
    const [address = '', ...names] = line.replace(/#.*$/, '').trim().split(/\s+/)
    const family = isIP(address)
    if (family === 0) continue
    for (const name of names) {
      const key = name.toLowerCase()
      known.set(key, [...(known.get(key) ?? []), { address, family }])
    }
  }
  return known.has('localhost') ? known : new Map([...known, ['localhost', LOOPBACK]])
}
