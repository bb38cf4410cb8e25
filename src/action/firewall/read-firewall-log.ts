import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { deriveEgressReport, type EgressReport } from '../../core/report/egress-report.ts'

/** The guard ends its log at 64 MiB; a log that this user writes itself could have grown beyond. */
const MOST_BYTES = 80 * 1024 * 1024

/** Reads a firewall log as it is now. Throws a system error when there is none. */
export async function readFirewallLog(path: string): Promise<EgressReport> {
  const input = createReadStream(path, { encoding: 'utf8', end: MOST_BYTES })
  const lines: string[] = []
  for await (const line of createInterface({ input })) lines.push(line)
  return deriveEgressReport(lines)
}
