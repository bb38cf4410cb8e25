import { access, appendFile, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { renderLogText } from '../core/log-text.ts'
import type { TrafficReport } from '../core/report.ts'
import { renderSummary } from '../core/summary/render-summary.ts'
import { restoreFiles } from './apply-run.ts'
import { endSidecar } from './end-sidecar.ts'
import { copyLogs, reportFirewall } from './firewall/report-firewall.ts'
import { isProcessAlive } from './process-status.ts'
import { readAccessLog } from './read-access-log.ts'
import { ACCESS_LOG, SIDECAR_LOG } from './run-directory.ts'
import type { Runner } from './runner.ts'
import { type RunState, readState } from './state.ts'
import { stopSidecar } from './stop-sidecar.ts'

export interface PostStep {
  readonly runner: Runner
  /** File of the job summary; undefined where there is none. */
  readonly summaryPath: string | undefined
  /** True when the job has `id-token: write`. */
  readonly hasOidc: boolean
  /** Gets what is known at the end, before the directory of the run is removed; what it throws makes the clean-up incomplete. */
  readonly onEnd?: (end: RunEnd) => Promise<void>
}

export interface RunEnd {
  readonly state: RunState
  readonly traffic: Traffic
}

const DRAIN_MS = 5000
const LOG_LINES = 200

/** The post step: sidecar down, files back, summary written. It never fails the job and does nothing when main started nothing. */
export async function runPost(step: PostStep): Promise<void> {
  const { runner } = step
  try {
    const state = readState(runner)
    if (state === undefined) return
    const isDone = !(await exists(state.directory)) && !isProcessAlive(state.pid, state.startTime)
    const traffic = isDone ? undefined : await stop(runner, state)
    await restoreFiles(runner, state.files)
    if (traffic === undefined) return
    const firewall = await closeFirewall(runner, state)
    await writeSummary(step, { state, traffic, firewall })
    await step.onEnd?.({ state, traffic })
    await showLog(runner, state, traffic)
    await rm(state.directory, { recursive: true, force: true })
  } catch (error) {
    runner.warning(renderLogText(String(error)), 'Clean-up is incomplete')
  }
}

export interface Traffic {
  readonly report: TrafficReport
  readonly source: 'sidecar' | 'log'
}

async function stop(runner: Runner, state: RunState): Promise<Traffic> {
  const { report, isGone } = await stopSidecar(state, DRAIN_MS)
  if (!isGone) runner.warning(`Process ${state.pid} did not end.`, 'The sidecar is still there')
  if (report !== undefined) return { report, source: 'sidecar' }
  return { report: await readAccessLog(join(state.logDirectory, ACCESS_LOG)), source: 'log' }
}

/** Reports on the firewall. It stays until the job is over: what a later step could end, the agent could have ended. */
async function closeFirewall(runner: Runner, { firewall, logDirectory }: RunState): Promise<string> {
  if (firewall === undefined) return ''
  if (firewall.relay !== null) await endSidecar(firewall.relay)
  const text = await reportFirewall(runner, firewall)
  await copyLogs(firewall, logDirectory).catch((error: unknown) => {
    runner.warning(renderLogText(String(error)), 'The logs could not be copied to log-directory')
  })
  return text
}

interface Findings {
  readonly state: RunState
  readonly traffic: Traffic
  /** Its part of the summary; empty without a firewall. */
  readonly firewall: string
}

async function writeSummary(
  { runner, summaryPath, hasOidc }: PostStep,
  { state, traffic, firewall }: Findings,
): Promise<void> {
  const requests = Object.values(traffic.report.providers).reduce((sum, figures) => sum + figures.requests, 0)
  if (requests === 0 && state.hasProviders) {
    runner.warning(
      'No request reached the sidecar. If an agent ran, it did not use the exported variables: look for settings of its own.',
      'The sidecar was not used',
    )
  }
  if (!state.wantsSummary || summaryPath === undefined || summaryPath === '') return
  const { topology, checks, hasProviders } = state
  const facts = { topology, checks, ...traffic, hasOidc, firewall, isFirewallOnly: !hasProviders }
  await appendFile(summaryPath, renderSummary(facts)).catch((error: unknown) => {
    runner.warning(renderLogText(String(error)), 'The job summary could not be written')
  })
}

/** The sidecar's own log: only when something went wrong or the job is being debugged. It is redacted where it is written. */
async function showLog(runner: Runner, { logDirectory }: RunState, { source }: Traffic): Promise<void> {
  if (source === 'sidecar' && !runner.isDebug()) return
  const log = await readFile(join(logDirectory, SIDECAR_LOG), 'utf8').catch(() => '')
  const lines = log.split('\n').filter((line) => line !== '')
  if (lines.length > 0) runner.group('Log of the sidecar', lines.slice(-LOG_LINES).map(renderLogText))
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
