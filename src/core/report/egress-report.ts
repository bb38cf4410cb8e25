import type { EgressEvent, EgressLifecycleEvent } from '../egress-event.ts'
import { parseEgressEvent } from './parse-egress-event.ts'

/**
 * What wanted out and what became of it, counted. A group is an event that stands for all of its like: same verdict, host, address,
 * port, protocol, rule, reason, failure, program and uid; `count` is how many, bytes are their sum, `time` and `ms` are of the last.
 */
export interface EgressReport {
  /** Connections and packets by verdict, groups that were not kept included; `cut` ones are in no other figure. */
  readonly totals: Readonly<Record<Bucket, number>>
  /** `blocked` and `would-block`, most frequent first. */
  readonly blocked: readonly EgressEvent[]
  readonly failed: readonly EgressEvent[]
  readonly allowed: readonly EgressEvent[]
  /**
   * Packets of connections that were open before the firewall, or of answers to a call from outside. Every runner has some at the start
   * (its own), so that they are no attempt to count.
   */
  readonly cut: readonly EgressEvent[]
  readonly relayRestarts: number
  /** Lines that the log says it lost, and lines that were no event. */
  readonly lostLines: number
  /** True when there were more groups than are kept: then only `totals` is complete. */
  readonly isTruncated: boolean
}

/** Groups kept for each verdict: a scan of every port must not fill the memory of the post step. */
const MOST_GROUPS = 2000

type Bucket = EgressEvent['verdict'] | 'cut'

interface Draft {
  readonly totals: Record<Bucket, number>
  readonly groups: Readonly<Record<Bucket, Map<string, EgressEvent>>>
  relayRestarts: number
  lostLines: number
  isTruncated: boolean
}

/**
 * Counts a firewall log: connections seen by the relay and packets recorded by the rules stand in the same lines.
 * @param lines lines of JSON, as they come; never throws, whatever they hold.
 */
export function deriveEgressReport(lines: Iterable<string>): EgressReport {
  const draft: Draft = {
    totals: { allowed: 0, blocked: 0, 'would-block': 0, failed: 0, cut: 0 },
    groups: { allowed: new Map(), blocked: new Map(), 'would-block': new Map(), failed: new Map(), cut: new Map() },
    relayRestarts: 0,
    lostLines: 0,
    isTruncated: false,
  }
  for (const line of lines) if (line.trim() !== '') addLine(draft, line)
  const { groups, relayRestarts, lostLines, isTruncated, totals } = draft
  return {
    totals,
    blocked: sortGroups(groups.blocked, groups['would-block']),
    failed: sortGroups(groups.failed),
    allowed: sortGroups(groups.allowed),
    cut: sortGroups(groups.cut),
    relayRestarts,
    lostLines,
    isTruncated,
  }
}

function addLine(draft: Draft, line: string): void {
  const event = parseEgressEvent(line)
  if (event === undefined) draft.lostLines += 1
  else if (event.kind === 'lifecycle') addLifecycle(draft, event)
  else addEgress(draft, event)
}

function addLifecycle(draft: Draft, { what, lines }: EgressLifecycleEvent): void {
  if (what === 'relay-restarted') draft.relayRestarts += 1
  if (what === 'log-incomplete') draft.lostLines += lines ?? 1
}

function addEgress(draft: Draft, event: EgressEvent): void {
  const count = event.count ?? 1
  const bucket = decideBucket(event)
  draft.totals[bucket] += count
  const groups = draft.groups[bucket]
  const key = keyOf(event)
  const known = groups.get(key)
  if (known === undefined && groups.size >= MOST_GROUPS) {
    draft.isTruncated = true
    return
  }
  groups.set(key, {
    ...event,
    pid: null,
    count: count + (known?.count ?? 0),
    bytesOut: event.bytesOut + (known?.bytesOut ?? 0),
    bytesIn: event.bytesIn + (known?.bytesIn ?? 0),
  })
}

/** New TCP connections of this machine all go to the relay: TCP that the rules stop is none, unless it comes from a container. */
function decideBucket({ protocol, reason, uid, verdict }: EgressEvent): Bucket {
  return protocol === 'tcp' && reason === 'protocol-not-allowed' && uid !== null ? 'cut' : verdict
}

function keyOf({ host, address, port, protocol, rule, reason, failure, program, uid }: EgressEvent): string {
  return JSON.stringify([host, address, port, protocol, rule, reason, failure, program, uid])
}

/** Most frequent first; equal ones in the order of the log. */
function sortGroups(...groups: readonly Map<string, EgressEvent>[]): readonly EgressEvent[] {
  return groups.flatMap((group) => [...group.values()]).sort((left, right) => (right.count ?? 1) - (left.count ?? 1))
}
