import { copyFile, mkdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { deriveSuggestions } from '../../core/policy/suggestions.ts'
import type { EgressReport } from '../../core/report/egress-report.ts'
import { deriveBlockedOutputs, deriveFirewallAnnotations } from '../../core/summary/firewall-outputs.ts'
import { renderFirewall } from '../../core/summary/render-firewall.ts'
import { ACCESS_LOG, SIDECAR_LOG } from '../run-directory.ts'
import type { Runner } from '../runner.ts'
import type { FirewallState } from '../state.ts'
import { readFirewallLog } from './read-firewall-log.ts'

/**
 * Says what the firewall has stopped: annotations, and the text for the job summary. With `fail-on-blocked` the job fails when
 * something of the agent's was blocked, and also when that cannot be told.
 */
export async function reportFirewall(runner: Runner, state: FirewallState): Promise<string> {
  const report = await readFirewallLog(state.logPath).catch(() => null)
  if (report !== null) annotateBlocked(runner, state, report)
  else if (state.failOnBlocked) {
    runner.error(
      'The log of the firewall could not be read, and fail-on-blocked is set.',
      'Blocked connections are not known',
    )
    runner.fail()
  }
  return renderFirewall({
    ...{ level: state.level, mode: state.mode, limits: state.limits, report },
    suggestions: report === null ? [] : deriveSuggestions(report.blocked),
    hasNativeFirewall: state.seemsNative,
  })
}

function annotateBlocked(
  runner: Runner,
  { runnerUid, failOnBlocked, mode }: FirewallState,
  report: EgressReport,
): void {
  for (const { title, message } of deriveFirewallAnnotations(report)) runner.warning(message, title)
  const blocked = deriveBlockedOutputs(report, runnerUid ?? undefined)
  if (!failOnBlocked || mode !== 'block' || blocked['blocked-count'] === '0') return
  runner.error(
    `${blocked['blocked-count']} connections were blocked: ${blocked['blocked-hosts']}. fail-on-blocked is set.`,
    'Blocked connections fail this job',
  )
  runner.fail()
}

/**
 * Copies the logs to where the user wants them, from where the agent could not change them. Each is copied that can be.
 * @throws one error with what kept the others back.
 */
export async function copyLogs(state: FirewallState, logDirectory: string): Promise<void> {
  const { copyLogsTo, logPath } = state
  if (copyLogsTo === null) return
  await mkdir(copyLogsTo, { recursive: true, mode: 0o700 })
  const paths = [join(logDirectory, ACCESS_LOG), join(logDirectory, SIDECAR_LOG), logPath]
  const copies = await Promise.allSettled(paths.map((path) => copyFile(path, join(copyLogsTo, basename(path)))))
  const failures = copies.flatMap((copy) => (copy.status === 'rejected' ? [String(copy.reason)] : []))
  if (failures.length > 0) throw new Error(failures.join('; '))
}
