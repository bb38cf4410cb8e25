import type { FirewallOutputs } from '../../core/action-outputs.ts'
import { renderAwfDomains } from '../../core/policy/render-rule.ts'
import { deriveProxyVariables } from '../../core/proxy-variables.ts'
import { deriveBlockedOutputs } from '../../core/summary/firewall-outputs.ts'
import type { AppliedRun } from '../applied-run.ts'
import type { FirewallState } from '../state.ts'
import type { Step } from '../step.ts'
import { readFirewallLog } from './read-firewall-log.ts'
import type { StartedFirewall } from './started-firewall.ts'
import { writeEngineFiles } from './write-engine-files.ts'

/** Where a wrapper has been made, it sets the variables of the wrapped command itself. */
export function exportProxy({ runner, environment }: Step, firewall: StartedFirewall | undefined): void {
  if (firewall === undefined || firewall.plan.level === 'wrapped') return
  const variables = deriveProxyVariables(firewall.plan.level, firewall.proxyUrl, environment)
  for (const [name, value] of Object.entries(variables)) runner.exportVariable(name, value)
}

/** Writes the files for other engines and collects what the outputs say of the firewall. */
export async function describeFirewall(
  { step, inputs, directory, handle }: AppliedRun,
  firewall: StartedFirewall,
): Promise<FirewallOutputs> {
  const { plan, logPath, proxyUrl } = firewall
  const { squidConfig, awfConfig, notes } = await writeEngineFiles({
    ...{ policy: plan.policy, topology: inputs.topology, checks: handle.checks },
    nameservers: plan.resolution.nameservers,
    directory: directory.path,
  })
  // At a terminal nobody has asked for the files of other engines; the command `domains` writes them.
  if (step.place === 'job') for (const note of notes) step.runner.info(`awf-config: ${note}`)
  const blocked = deriveBlockedOutputs(await readFirewallLog(logPath), step.uid ?? undefined)
  return {
    ...{ level: plan.level, logPath, proxyUrl, squidConfig, awfConfig },
    allowedDomains: renderAwfDomains(plan.policy).allow,
    blockedCount: Number(blocked['blocked-count']),
    blockedHosts: blocked['blocked-hosts'].split(',').filter((host) => host !== ''),
  }
}

/** What post has to know of the firewall. */
export function deriveFirewallState({ step, inputs, directory }: AppliedRun, firewall: StartedFirewall): FirewallState {
  const { plan, limits, logPath, relay, sidecarLogDirectory } = firewall
  const wantsLogs = sidecarLogDirectory !== null && inputs.logDirectory !== undefined
  return {
    ...{ level: plan.level, mode: plan.policy.mode, limits, logPath, relay, seemsNative: plan.seemsNative },
    failOnBlocked: inputs.firewall.failOnBlocked,
    runnerUid: step.uid,
    copyLogsTo: wantsLogs ? directory.logDirectory : null,
  }
}
