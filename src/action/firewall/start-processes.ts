import { join } from 'node:path'
import type { GuardConfig } from '../../core/egress-config.ts'
import type { Inputs } from '../../core/inputs/inputs.ts'
import { endSidecar } from '../end-sidecar.ts'
import type { LaunchOutcome } from '../launch-sidecar.ts'
import type { RunDirectory } from '../run-directory.ts'
import { FIREWALL_LOG } from '../run-directory.ts'
import { type Run, startSidecar } from '../start-sidecar.ts'
import type { Step } from '../step.ts'
import type { FirewallPlan } from './prepare-firewall.ts'
import { startGuarded } from './start-guarded.ts'
import { startUnguarded } from './start-unguarded.ts'
import type { StartedFirewall } from './started-firewall.ts'

export interface ProcessesRequest {
  readonly inputs: Inputs
  readonly plan: FirewallPlan | undefined
  readonly run: Run
  readonly directory: RunDirectory
}

export interface StartedProcesses {
  readonly sidecar: LaunchOutcome
  /** Undefined without a firewall, and when the sidecar refused to serve. */
  readonly firewall: StartedFirewall | undefined
}

/** Starts what lives longer than this step. Throws an ActionError when one part cannot be started; then none is left. */
export async function startProcesses(step: Step, request: ProcessesRequest): Promise<StartedProcesses> {
  const { inputs, plan, run, directory } = request
  if (plan?.level === 'enforced') {
    return startGuarded(step, { plan, run, privileges: derivePrivileges(step, inputs) })
  }
  const { outcome, node } = await startSidecar(step, withFirewall(run, plan, directory), directory)
  if (plan === undefined || outcome.kind === 'refused') return { sidecar: outcome, firewall: undefined }
  try {
    return { sidecar: outcome, firewall: await startUnguarded(step, { plan, run, directory, sidecar: outcome, node }) }
  } catch (error) {
    await endSidecar(outcome)
    throw error
  }
}

/** Nothing can be taken from root, which the plan says as a limit; the guard would refuse to promise it. */
function derivePrivileges({ uid }: Step, { firewall }: Inputs): GuardConfig['privileges'] {
  const { sudo, docker } = firewall
  return uid === 0 ? { sudo: 'keep', docker: 'keep' } : { sudo, docker }
}

/** The sidecar shows on its status page what the firewall, which starts after it, will write. */
function withFirewall(run: Run, plan: FirewallPlan | undefined, { logDirectory }: RunDirectory): Run {
  if (plan === undefined) return run
  const firewall = { level: plan.level, mode: plan.policy.mode, logPath: join(logDirectory, FIREWALL_LOG) }
  return { ...run, message: { ...run.message, config: { ...run.message.config, firewall } } }
}
