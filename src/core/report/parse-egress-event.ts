import type { EgressEvent, EgressLifecycleEvent, EgressLogEvent } from '../egress-event.ts'
import { BLOCK_REASON_NAMES } from '../policy/reasons.ts'
import { type Fields, parseFields, parseOneOf } from './parse-fields.ts'

/** A longer line is none of ours: every field that comes from outside is short. */
const LONGEST_LINE = 16_384
/** Longest text kept of a field; a host name has at most 253 characters. */
const LONGEST_TEXT = 300
const LARGEST_COUNT = 1_000_000_000
const LARGEST_PORT = 65_535

const VERDICTS = ['allowed', 'blocked', 'would-block', 'failed'] as const satisfies EgressEvent['verdict'][]
const PROTOCOLS = ['tls', 'http', 'tcp', 'udp', 'icmp', 'other'] as const satisfies EgressEvent['protocol'][]
const HAPPENINGS = [
  'started',
  'relay-restarted',
  'rules-changed',
  'privileges-restored',
  'log-incomplete',
  'stopped',
] as const satisfies EgressLifecycleEvent['what'][]

/**
 * Reads one line of the firewall log. The file may be cut anywhere, may come from another version, and outside the enforced level the
 * agent may have been able to write to it.
 * @returns undefined when the line is no event; fields that make no sense are null, or absent where they may be.
 */
export function parseEgressEvent(line: string): EgressLogEvent | undefined {
  const fields = line.length > LONGEST_LINE ? undefined : parseFields(line)
  switch (fields?.kind) {
    case 'egress':
      return parseEgress(fields)
    case 'lifecycle':
      return parseLifecycle(fields)
    default:
      return undefined
  }
}

function parseEgress(fields: Fields): EgressEvent | undefined {
  const verdict = parseOneOf(VERDICTS, fields.verdict)
  const protocol = parseOneOf(PROTOCOLS, fields.protocol)
  if (verdict === undefined || protocol === undefined) return undefined
  const count = parseNumber(fields.count, LARGEST_COUNT)
  return {
    kind: 'egress',
    time: parseText(fields.time) ?? '',
    verdict,
    protocol,
    host: parseText(fields.host),
    port: parseNumber(fields.port, LARGEST_PORT),
    address: parseText(fields.address),
    ...optional('rule', parseText(fields.rule)),
    ...optional('reason', parseOneOf(BLOCK_REASON_NAMES, fields.reason)),
    ...optional('failure', parseText(fields.failure)),
    uid: parseNumber(fields.uid, 2 ** 32),
    pid: parseNumber(fields.pid, 2 ** 32),
    program: parseText(fields.program),
    bytesOut: parseNumber(fields.bytesOut, Number.MAX_SAFE_INTEGER) ?? 0,
    bytesIn: parseNumber(fields.bytesIn, Number.MAX_SAFE_INTEGER) ?? 0,
    ms: parseNumber(fields.ms, Number.MAX_SAFE_INTEGER) ?? 0,
    ...optional('count', count === null || count < 2 ? null : count),
  }
}

function parseLifecycle(fields: Fields): EgressLifecycleEvent | undefined {
  const what = parseOneOf(HAPPENINGS, fields.what)
  if (what === undefined) return undefined
  return {
    kind: 'lifecycle',
    time: parseText(fields.time) ?? '',
    what,
    ...optional('detail', parseText(fields.detail)),
    ...optional('lines', parseNumber(fields.lines, LARGEST_COUNT)),
  }
}

function optional<Name extends string, Value>(name: Name, value: Value | null | undefined): { [Key in Name]?: Value } {
  return (value === null || value === undefined ? {} : { [name]: value }) as { [Key in Name]?: Value }
}

/** A whole or broken number from 0 to the largest that makes sense; ports and counts are rounded down. */
function parseNumber(value: unknown, largest: number): number | null {
  return typeof value === 'number' && value >= 0 && value <= largest ? Math.floor(value) : null
}

function parseText(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value.slice(0, LONGEST_TEXT) : null
}
