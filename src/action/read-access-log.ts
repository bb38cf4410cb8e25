import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { addLogLine } from '../core/report/add-log-line.ts'
import { createReport } from '../core/report/create-report.ts'
import type { TrafficReport } from '../core/report.ts'

/** More than this is not read: the log is only the second-best source. */
const LARGEST_LOG = 64 * 1024 * 1024

/**
 * Counts the traffic again from the access log, for when the sidecar cannot be asked. Lines that are torn or foreign are left
 * out: the agent's user can write to this file.
 */
export async function readAccessLog(path: string): Promise<TrafficReport> {
  const report = createReport()
  const input = createReadStream(path, { end: LARGEST_LOG })
  try {
    for await (const line of createInterface({ input })) addLogLine(report, line)
  } catch {
    // No log, or no more of it: what was counted so far stands.
  }
  return report
}
