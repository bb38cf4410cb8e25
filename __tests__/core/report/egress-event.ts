import type { EgressEvent } from '../../../src/core/egress-event.ts'
import { deriveEgressReport, type EgressReport } from '../../../src/core/report/egress-report.ts'

/** A blocked TLS connection of the runner; tests say what differs. */
export const BLOCKED: EgressEvent = {
  kind: 'egress',
  time: '2026-01-01T00:00:00.000Z',
  verdict: 'blocked',
  protocol: 'tls',
  host: 'evil.example',
  port: 443,
  address: null,
  reason: 'not-allowed',
  uid: 1001,
  pid: 4711,
  program: '/usr/bin/curl',
  bytesOut: 517,
  bytesIn: 0,
  ms: 3,
}

/** What differs from BLOCKED; undefined takes a field away. */
export type Difference = { readonly [Field in keyof EgressEvent]?: EgressEvent[Field] | undefined }

export function egressReportOf(...events: readonly Difference[]): EgressReport {
  return deriveEgressReport(events.map((event) => JSON.stringify({ ...BLOCKED, ...event })))
}
