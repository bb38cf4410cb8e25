import { isIP } from 'node:net'
import type { RuleFacts } from './plan.ts'

/** Largest uid that is positive as a signed number too: others read uids as int32. */
const LARGEST_UID = 2 ** 31 - 1

/**
 * The facts of a rule set end up as words of nft's language, so each must be exactly a number or an address: a text that could break out
 * of its place would be a rule of somebody else's.
 * @throws RangeError that names the fact.
 */
export function checkRuleFacts(facts: RuleFacts): void {
  for (const [name, port] of Object.entries(facts.ports)) {
    if (!isBetween(port, 1, 65_535)) throw new RangeError(`The firewall rules need a port for ${name}, got ${port}`)
  }
  if (facts.kind === 'wrapped') return
  const uids = [facts.relayUid, facts.sidecarUid]
  // Root as an exempt uid would exempt every daemon of the machine.
  if (!uids.every((uid) => isBetween(uid, 1, LARGEST_UID)) || new Set(uids).size !== uids.length)
    throw new RangeError(`The firewall rules need two different uids that are not root's, got ${uids.join(' and ')}`)
  for (const address of facts.rootAddresses) {
    if (isIP(address) === 0 || address.includes('%'))
      throw new RangeError('An address that root may reach is no address')
  }
  for (const network of facts.containerNetworks) checkNetwork(network)
}

function checkNetwork(network: string): void {
  const [address = '', length = '', ...rest] = network.split('/')
  const family = isIP(address)
  const isNetwork = family !== 0 && !address.includes('%') && rest.length === 0 && /^\d{1,3}$/.test(length)
  // A default route as a container network would open the machine.
  const shortest = family === 6 ? 32 : 8
  if (!isNetwork || !isBetween(Number(length), shortest, family === 6 ? 128 : 32))
    throw new RangeError(`A container network must be a network of at least /${shortest} in CIDR form`)
}

function isBetween(value: number, low: number, high: number): boolean {
  return Number.isInteger(value) && value >= low && value <= high
}
