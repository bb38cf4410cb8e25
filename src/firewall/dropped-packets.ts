import { isIP } from 'node:net'
import type { EgressEvent } from '../core/egress-event.ts'

/** One element of a record set: how many packets of one sender to one place were dropped since it was made. */
export interface DroppedPackets {
  readonly set: string
  /** null: forwarded for a container, or its socket was gone. */
  readonly uid: number | null
  readonly address: string
  /** As nft names it: `udp`, `icmp`, or a number. */
  readonly protocol: string
  readonly port: number | null
  readonly packets: number
}

/** More than the sets hold; an answer longer than this is not ours. */
const MOST_ELEMENTS = 50_000

/**
 * Reads the answers of `nft -j list set …` or `nft -j list table …`: every element of every set that counts packets. Unknown shapes are
 * left out, never guessed: other versions of nft may print more.
 */
export function parseDropped(text: string): readonly DroppedPackets[] {
  const sets = parseJson(text)?.nftables
  if (!Array.isArray(sets)) return []
  const found: DroppedPackets[] = []
  for (const entry of sets) {
    const set = fieldsOf(fieldsOf(entry)?.set)
    if (set === undefined || !Array.isArray(set.elem)) continue
    for (const element of set.elem) {
      const dropped = parseElement(String(set.name), fieldsOf(fieldsOf(element)?.elem))
      if (dropped !== undefined && found.length < MOST_ELEMENTS) found.push(dropped)
    }
  }
  return found
}

export interface DroppedFacts {
  /** ISO 8601, UTC, of the later listing. */
  readonly time: string
  /** Audit mode recorded them and let them pass. */
  readonly mode: 'block' | 'audit'
}

/**
 * What was dropped between two listings, as events of the log. An element that expired and came back counts anew.
 * @param before the earlier listing; empty at the start.
 */
export function deriveDroppedEvents(
  before: readonly DroppedPackets[],
  now: readonly DroppedPackets[],
  facts: DroppedFacts,
): readonly EgressEvent[] {
  const earlier = new Map(before.map((dropped) => [keyOf(dropped), dropped.packets]))
  return now.flatMap((dropped) => {
    const last = earlier.get(keyOf(dropped)) ?? 0
    const count = dropped.packets >= last ? dropped.packets - last : dropped.packets
    return count === 0 ? [] : [renderEvent(dropped, count, facts)]
  })
}

function renderEvent(dropped: DroppedPackets, count: number, { time, mode }: DroppedFacts): EgressEvent {
  const protocol = PROTOCOLS[dropped.protocol] ?? 'other'
  return {
    kind: 'egress',
    time,
    verdict: mode === 'block' ? 'blocked' : 'would-block',
    protocol,
    host: null,
    port: dropped.port,
    address: dropped.address,
    // TCP that the rules drop is a connection from before the start, or a container's: no rule of the list could allow it here.
    reason: 'protocol-not-allowed',
    uid: dropped.uid,
    pid: null,
    program: null,
    bytesOut: 0,
    bytesIn: 0,
    ms: 0,
    ...(count === 1 ? {} : { count }),
  }
}

/** nft prints names of protocols, or numbers when it is told to or knows no name. */
const PROTOCOLS: Readonly<Record<string, EgressEvent['protocol']>> = {
  tcp: 'tcp',
  '6': 'tcp',
  udp: 'udp',
  '17': 'udp',
  icmp: 'icmp',
  '1': 'icmp',
  'ipv6-icmp': 'icmp',
  icmpv6: 'icmp',
  '58': 'icmp',
}

function keyOf({ set, uid, address, protocol, port }: DroppedPackets): string {
  return [set, uid, address, protocol, port].join(' ')
}

function parseElement(set: string, element: Fields | undefined): DroppedPackets | undefined {
  const packets = fieldsOf(element?.counter)?.packets
  const key = fieldsOf(element?.val)?.concat
  if (!isCount(packets) || !Array.isArray(key)) return undefined
  const at = key.findIndex((part) => typeof part === 'string' && isIP(part) !== 0)
  // The address is first, or second behind a uid. A uid may be printed as the account's name: then it is not known.
  if (at < 0 || at > 1) return undefined
  const [address, protocol, port] = key.slice(at)
  const uid = at === 1 && isCount(key[0]) ? key[0] : null
  if (typeof protocol !== 'string' && !isCount(protocol)) return undefined
  return { set, uid, address, protocol: String(protocol), port: isCount(port) ? port : null, packets }
}

type Fields = Readonly<Record<string, unknown>>

function fieldsOf(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null ? (value as Fields) : undefined
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0
}

function parseJson(text: string): Fields | undefined {
  try {
    return fieldsOf(JSON.parse(text))
  } catch {
    return undefined
  }
}
