import { decideAddress, decideDestination, decideResolvedAddress } from '../../core/policy/decide.ts'
import type { Policy } from '../../core/policy/policy.ts'
import type { RelayPolicy } from './relay-policy.ts'

/** The rules of core, bound to one policy. */
export function createRelayPolicy(policy: Policy): RelayPolicy {
  const ports = new Set([
    ...policy.hosts.filter(({ scheme }) => scheme === 'tcp').map(({ port }) => port),
    ...policy.addresses.map(({ port }) => port),
  ])
  return {
    mode: policy.mode,
    decideName: (destination) => decideDestination(policy, destination),
    decideAddress: (address, port) => decideAddress(policy, address, port),
    needsOrigin: (port) => ports.has(port) || ports.has(null),
    mayFollow: (resolved) => decideResolvedAddress(policy, resolved) === 'allowed',
  }
}
