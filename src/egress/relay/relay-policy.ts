import type { Destination, PolicyDecision } from '../../core/policy/policy.ts'

/** What the relay asks about everything that wants out. The rules themselves live in core; tests give their own. */
export interface RelayPolicy {
  readonly mode: 'block' | 'audit'
  decideName(destination: Destination): PolicyDecision
  decideAddress(address: string, port: number): PolicyDecision
  /** Whether something may pass on this port by what was dialled alone: then the client must be looked up before all else. */
  needsOrigin(port: number): boolean
  /** Whether an allowed name may be followed to this address: never to this machine, nor inside without a rule that says so. */
  mayFollow(resolved: ResolvedAddress): boolean
}

export interface ResolvedAddress {
  readonly address: string
  readonly port: number
  readonly mayBePrivate: boolean
  /** Addresses of this machine's interfaces. */
  readonly own: readonly string[]
}
