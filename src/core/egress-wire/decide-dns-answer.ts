import { isIP } from 'node:net'
import { type Hostname, isIpLiteral, parseHostname } from '../hostname.ts'

/** What the answerer says about a name. Nothing of it is looked up: a lookup that leaves is a channel of its own. */
export type DnsDecision =
  | { readonly kind: 'addresses'; readonly addresses: readonly string[] }
  /** The name's own address out of 198.18.0.0/15. */
  | { readonly kind: 'made-up'; readonly name: Hostname }
  | { readonly kind: 'no-data' }
  | { readonly kind: 'no-such-name' }

export const DNS_TYPES = { a: 1, aaaa: 28 } as const

/** Top-level names that no public name server has; resolvers and daemons ask for them all the time. */
const LOCAL_ZONES: ReadonlySet<string> = new Set([
  'internal',
  'local',
  'localdomain',
  'invalid',
  'onion',
  'arpa',
  'lan',
])
const FAMILIES: Readonly<Record<number, 4 | 6>> = { [DNS_TYPES.a]: 4, [DNS_TYPES.aaaa]: 6 }

export interface DnsFacts {
  /** Names of /etc/hosts with their addresses. */
  readonly hosts: ReadonlyMap<string, readonly string[]>
  /** Whether some rule names it: a server of the customer's own may lie in a local zone. */
  readonly isNamed: (name: Hostname) => boolean
}

/**
 * @param question name in lower case without the root's dot, type by its number.
 */
export function decideDnsAnswer(
  question: { readonly name: string; readonly type: number },
  facts: DnsFacts,
): DnsDecision {
  const family = FAMILIES[question.type]
  const known = facts.hosts.get(question.name) ?? readLoopback(question.name)
  if (known !== undefined) {
    const addresses = known.filter((address) => isIP(address) === family)
    return addresses.length > 0 ? { kind: 'addresses', addresses } : { kind: 'no-data' }
  }
  if (question.name === '') return { kind: 'no-data' }
  const name = parseHostname(question.name)
  if (name === undefined || isIpLiteral(name)) return { kind: 'no-such-name' }
  if (isLocal(name) && !facts.isNamed(name)) return { kind: 'no-such-name' }
  return family === 4 ? { kind: 'made-up', name } : { kind: 'no-data' }
}

function isLocal(name: Hostname): boolean {
  return !name.includes('.') || LOCAL_ZONES.has(name.slice(name.lastIndexOf('.') + 1))
}

// RFC 6761 §6.3: everything below localhost is this machine.
function readLoopback(name: string): readonly string[] | undefined {
  return name === 'localhost' || name.endsWith('.localhost') ? ['127.0.0.1', '::1'] : undefined
}
