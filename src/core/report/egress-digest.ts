import type { EgressEvent } from '../egress-event.ts'
import type { EgressReport } from './egress-report.ts'

/** What the status page shows of a firewall's log: small whatever the log holds, so that it can be sent once a second. */
export interface EgressDigest {
  readonly totals: EgressReport['totals']
  /** Blocked, or in audit mode would be; most frequent first, at most {@link MOST_BLOCKED}. */
  readonly blocked: readonly BlockedGroup[]
  readonly relayRestarts: number
  /** True when only the end of the log was read: then the figures are of that part. */
  readonly isPartial: boolean
}

export type BlockedGroup = Pick<
  EgressEvent,
  'verdict' | 'host' | 'address' | 'port' | 'protocol' | 'reason' | 'program'
> & { readonly count: number }

const MOST_BLOCKED = 50

/** Keeps of a report what the status page shows. */
export function deriveEgressDigest(report: EgressReport, isPartial: boolean): EgressDigest {
  return {
    totals: report.totals,
    blocked: report.blocked.slice(0, MOST_BLOCKED).map(toGroup),
    relayRestarts: report.relayRestarts,
    isPartial: isPartial || report.isTruncated,
  }
}

function toGroup({ verdict, host, address, port, protocol, reason, program, count }: EgressEvent): BlockedGroup {
  const group = { verdict, host, address, port, protocol, program, count: count ?? 1 }
  return reason === undefined ? group : { ...group, reason }
}
