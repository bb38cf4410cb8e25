import { decideAddress, decideDestination, decideResolvedAddress } from '../../core/policy/decide.ts'
import type { Destination, Policy, PolicyDecision } from '../../core/policy/policy.ts'
import type { RelayPolicy, ResolvedAddress } from './relay-policy.ts'
import { remember } from './remember.ts'

/** An agent that makes up names must not make us remember them all. */
const MOST_KNOWN = 1024

/** The rules of core, bound to one policy. What was decided is remembered: agents come back to few hosts again and again. */
export function createRelayPolicy(policy: Policy): RelayPolicy {
  const ports = new Set([
    ...policy.hosts.filter(({ scheme }) => scheme === 'tcp').map(({ port }) => port),
    ...policy.addresses.map(({ port }) => port),
  ])
  return {
    mode: policy.mode,
    decideName: remember<Destination, PolicyDecision>(MOST_KNOWN, {
      key: ({ name, port, scheme }) => `${scheme} ${port} ${name}`,
      derive: (destination) => decideDestination(policy, destination),
    }),
    decideAddress: (address, port) => decideAddress(policy, address, port),
    needsOrigin: (port) => ports.has(port) || ports.has(null),
    mayFollow: createFollow(policy),
  }
}

/** Remembers for one state of the machine's interfaces. */
function createFollow(policy: Policy): RelayPolicy['mayFollow'] {
  const create = (): RelayPolicy['mayFollow'] =>
    remember<ResolvedAddress, boolean>(MOST_KNOWN, {
      key: ({ address, port, mayBePrivate }) => `${mayBePrivate} ${port} ${address}`,
      derive: (resolved) => decideResolvedAddress(policy, resolved) === 'allowed',
    })
  let known: readonly string[] = []
  let follow = create()
  return (resolved: ResolvedAddress) => {
    if (resolved.own !== known) {
      known = resolved.own
      follow = create()
    }
    return follow(resolved)
  }
}
