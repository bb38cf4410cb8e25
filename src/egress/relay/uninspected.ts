import type { PolicyDecision } from '../../core/policy/policy.ts'
import { type Attempt, deriveOutcome, type Outcome } from './attempt.ts'
import type { ClientOrigin } from './client.ts'
import type { DialTarget } from './dialer.ts'
import { isMadeUp } from './name-pool.ts'
import type { RelayContext } from './relay-context.ts'

/** The rule of allowed-ips for an address that the client dialled itself; undefined for one that we made up. */
export function decideOriginal(
  context: RelayContext,
  { original }: ClientOrigin,
  port: number,
): { readonly address: string; readonly decision: PolicyDecision } | undefined {
  const address = original?.address
  if (address === undefined || isMadeUp(address)) return undefined
  return { address, decision: context.policy.decideAddress(address, port) }
}

/**
 * What may pass without a look inside, also on the ports of TLS and HTTP: a `tcp://` rule for the name that was looked up (SSH
 * on port 443), or an address rule. Undefined when there is none.
 */
export function deriveUninspected(
  context: RelayContext,
  attempt: Attempt,
  { origin, port }: { readonly origin: ClientOrigin; readonly port: number },
): { readonly target: DialTarget; readonly outcome: Outcome } | undefined {
  const byAddress = decideOriginal(context, origin, port)
  if (byAddress?.decision.verdict === 'allowed') {
    const outcome = deriveOutcome(byAddress.decision, context.policy.mode)
    return { target: { host: byAddress.address, port, reach: 'any' }, outcome }
  }
  const name = context.names.nameOf(origin.original?.address ?? '')
  if (name === undefined) return undefined
  attempt.host = name
  const decision = context.policy.decideName({ name, port, scheme: 'tcp' })
  if (decision.verdict === 'blocked') return undefined
  const target: DialTarget = { host: name, port, reach: decision.mayBePrivate ? 'private' : 'public' }
  return { target, outcome: deriveOutcome(decision, context.policy.mode) }
}
