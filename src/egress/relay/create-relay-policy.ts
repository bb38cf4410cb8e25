import { decideAddress, decideDestination, decideResolvedAddress } from '../../core/policy/decide.ts'
import type { Policy } from '../../core/policy/policy.ts'
import type { RelayPolicy, ResolvedAddress } from './relay-policy.ts'

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
    decideName: remember(
      ({ name, port, scheme }) => `${scheme} ${port} ${name}`,
      (destination) => decideDestination(policy, destination),
    ),
    decideAddress: (address, port) => decideAddress(policy, address, port),
    needsOrigin: (port) => ports.has(port) || ports.has(null),
    mayFollow: createFollow(policy),
  }
}

/** Remembers for one state of the machine's interfaces. */
function createFollow(policy: Policy): RelayPolicy['mayFollow'] {
  const create = (): RelayPolicy['mayFollow'] =>
    remember(
      ({ address, port, mayBePrivate }) => `${mayBePrivate} ${port} ${address}`,
      (resolved) => decideResolvedAddress(policy, resolved) === 'allowed',
    )
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

function remember<Question, Answer>(
  key: (question: Question) => string,
  decide: (question: Question) => Answer,
): (question: Question) => Answer {
  const known = new Map<string, Answer>()
  return (question) => {
    const name = key(question)
    const before = known.get(name)
    if (before !== undefined) return before
    if (known.size === MOST_KNOWN) known.clear()
    const answer = decide(question)
    known.set(name, answer)
    return answer
  }
}
