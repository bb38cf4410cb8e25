import type { BlockReason, RuleText } from './policy/policy.ts'

/**
 * One line of the firewall log (JSONL, owned by root where there is root): what wanted out, and what became of it. Never a
 * path, a query, a header, an argument of a program. Every text in it may have been chosen by an attacker.
 */
export interface EgressEvent {
  readonly kind: 'egress'
  /** ISO 8601, UTC, when the connection ended or was refused. */
  readonly time: string
  /** `would-block`: audit mode let pass what block mode stops. `failed`: allowed, but it could not be reached. */
  readonly verdict: 'allowed' | 'blocked' | 'would-block' | 'failed'
  readonly protocol: 'tls' | 'http' | 'tcp' | 'udp' | 'icmp' | 'other'
  /** The name that was wanted; null where only an address is known. */
  readonly host: string | null
  readonly port: number | null
  /** The address that the client dialled, where it is not one that our DNS answers made up. */
  readonly address: string | null
  /** The rule that allowed or denied it. */
  readonly rule?: RuleText
  readonly reason?: BlockReason
  /** What went wrong at the far side of an allowed connection: an error code such as ECONNREFUSED. */
  readonly failure?: string
  readonly uid: number | null
  readonly pid: number | null
  /** Path of the executable, without arguments. */
  readonly program: string | null
  /** From the client, and to it. */
  readonly bytesOut: number
  readonly bytesIn: number
  readonly ms: number
  /** The ClientHello carried Encrypted Client Hello: the name that counts for the far side may be another one. */
  readonly encryptedHello?: true
  /** How many of the same within one moment stand in this line; absent = 1. */
  readonly count?: number
}

export interface EgressLifecycleEvent {
  readonly kind: 'lifecycle'
  readonly time: string
  readonly what: 'started' | 'relay-restarted' | 'rules-changed' | 'privileges-restored' | 'log-incomplete' | 'stopped'
  readonly detail?: string
  readonly lines?: number
}

export type EgressLogEvent = EgressEvent | EgressLifecycleEvent
