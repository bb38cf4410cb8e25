import { findKnownSecret } from '../credentials/secret-kind.ts'
import type { Fault } from '../fault.ts'
import { findClosedRange, isPrivateNetwork } from './address-classes.ts'
import { deriveNetwork, type IpNetwork, isSingleAddress, parseIpNetwork, renderIpNetwork } from './ip-address.ts'
import { type ListContext, type ListEntry, renderRuleFault, splitList } from './list-entries.ts'
import { parsePort } from './parse-rule.ts'
import type { AddressRule } from './policy.ts'
import { createProblem, type RuleProblem } from './rule-problems.ts'

export interface AllowedIps {
  readonly addresses: readonly AddressRule[]
  readonly faults: readonly Fault[]
}

interface Place {
  readonly kind: 'place'
  /** Address or network, without brackets. */
  readonly network: string
  readonly port: number | null
}

/** The shortest prefixes that one party is known to hold: what the internet routes on its own. */
const SHORTEST = { public4: 24, private4: 8, any6: 48 } as const

/**
 * Reads `allowed-ips`: `192.0.2.5`, `192.0.2.5:443`, `10.20.0.0/16`, `10.20.0.0/16:443`, `2001:db8::5`, `[2001:db8::/48]:443`. Spelling
 * is made canonical; a network must have no bits set behind its prefix.
 */
export function parseAllowedIps(text: string, context: ListContext): AllowedIps {
  const addresses: AddressRule[] = []
  const faults: Fault[] = []
  for (const entry of splitList(text)) {
    const rule = parseAddressEntry(entry)
    if ('code' in rule) faults.push(renderRuleFault(context, entry, rule))
    else addresses.push(rule)
  }
  return { addresses, faults }
}

function parseAddressEntry({ line, text }: ListEntry): AddressRule | RuleProblem {
  const place = findLexicalProblem(text) ?? splitPlace(text)
  if (place.kind === 'problem') return place
  const network = parseIpNetwork(place.network)
  if (network === undefined) return createProblem(nameMistake(place.network))
  const problem = findNetworkProblem(network)
  if (problem !== undefined) return problem
  return { network: renderIpNetwork(network), port: place.port, origin: { kind: 'user', line, text } }
}

function findLexicalProblem(text: string): RuleProblem | undefined {
  if (findKnownSecret(text) !== undefined) return createProblem('secret')
  if (text.includes('${{') || text.includes('}}')) return createProblem('expression')
  if (/\s/.test(text)) return createProblem('white-space')
  if (text.length > 100) return createProblem('too-long')
  if (text.includes('://')) return createProblem('not-an-address', { detail: 'no scheme is needed' })
  if (text.includes('%')) return createProblem('zone')
  return /^[\x21-\x7e]+$/.test(text) ? undefined : createProblem('odd-character')
}

function splitPlace(text: string): Place | RuleProblem {
  const bracketed = /^\[([^\]]*)\](\/\d+)?(?::(.*))?$/.exec(text)
  if (bracketed !== null) return readPlace((bracketed[1] ?? '') + (bracketed[2] ?? ''), bracketed[3])
  // More than one colon without brackets is IPv6, where a port could not be told from the last group.
  if (text.split(':').length !== 2) return readPlace(text, undefined)
  const [network = '', port] = text.split(':')
  return readPlace(network, port)
}

function readPlace(network: string, digits: string | undefined): Place | RuleProblem {
  if (digits === undefined) return { kind: 'place', network, port: null }
  if (digits === '*')
    return createProblem('port-star', { fix: 'Leave the port out to allow every port of the address.' })
  const port = parsePort(digits)
  return port === undefined ? createProblem('port') : { kind: 'place', network, port }
}

function nameMistake(text: string): 'named-address' | 'not-an-address' {
  return /^[*.]*[a-z0-9_-]+(\.[a-z0-9_-]+)*\.[a-z]{2,}$/i.test(text) ? 'named-address' : 'not-an-address'
}

function findNetworkProblem(network: IpNetwork): RuleProblem | undefined {
  const base = deriveNetwork(network)
  if (base.value !== network.value) {
    return createProblem('host-bits', { fix: `The network is ${renderIpNetwork(base)}.` })
  }
  if (!isSingleAddress(network) && network.prefix < findShortest(network)) return createProblem('too-wide')
  const closed = findClosedRange(network)
  if (closed === undefined) return undefined
  if (closed.startsWith('loopback')) return createProblem('loopback')
  return closed.includes('IPv4 address in IPv6 form')
    ? createProblem('mapped')
    : createProblem('closed', { detail: closed })
}

function findShortest(network: IpNetwork): number {
  if (network.family === 6) return SHORTEST.any6
  return isPrivateNetwork(network) ? SHORTEST.private4 : SHORTEST.public4
}
