import { deriveOutputs } from '../core/action-outputs.ts'
import { deriveClientBaseUrl } from '../core/client-base-url.ts'
import { deriveEnvironment } from '../core/environment.ts'
import type { AppliedRun } from './applied-run.ts'
import { type CliFilePlan, providerOf, type WrittenFile, writeCliFile } from './cli-files.ts'
import { exportEnvironment } from './export-environment.ts'
import { deriveFirewallState, describeFirewall, exportProxy } from './firewall/describe-firewall.ts'
import type { RunState } from './state.ts'

/** Exports the variables and sets the outputs. */
export async function publish(applied: AppliedRun): Promise<void> {
  const { step, inputs, run, handle, firewall } = applied
  const { checks, ready } = handle
  const { topology, providers, listenAddress } = inputs
  const places = { topology, providers, listenAddress, ports: ready.ports }
  const environment = deriveEnvironment({
    ...places,
    copilotRouting: checks.find((check) => check.provider === 'copilot')?.routing,
    tokens: run.tokens,
    keylessWorks: inputs.clientAuth === 'none' || (inputs.clientAuth === 'auto' && step.platform === 'linux'),
    job: step.environment,
  })
  exportEnvironment(step.runner, environment)
  exportProxy(step, firewall)
  const { managementPort } = ready
  const outputs = deriveOutputs({
    ...{ ...places, checks, managementPort },
    logDirectory: firewall?.sidecarLogDirectory ?? applied.directory.logDirectory,
    ...(firewall === undefined ? {} : { firewall: await describeFirewall(applied, firewall) }),
  })
  for (const [name, value] of Object.entries(outputs)) step.runner.setOutput(name, value)
}

/** Writes the settings files that environment variables cannot replace. A file that cannot be written is a warning. */
export async function writeFiles(applied: AppliedRun, plans: readonly CliFilePlan[]): Promise<WrittenFile[]> {
  const { step, inputs, directory, handle } = applied
  const files: WrittenFile[] = []
  for (const plan of plans) {
    const provider = providerOf(plan.kind)
    const port = handle.ready.ports[provider]
    if (port === undefined) continue
    const baseUrl = deriveClientBaseUrl(provider, inputs.listenAddress, port)
    try {
      const { written, notices } = await writeCliFile({ ...plan, baseUrl, backupDirectory: directory.path })
      for (const notice of notices) step.runner.warning(notice, 'Settings file of a CLI')
      if (written !== undefined) files.push(written)
    } catch (error) {
      const cause = (error as NodeJS.ErrnoException).code ?? String(error)
      const message = `${plan.path} could not be written (${cause}), so ${plan.kind} will not use the sidecar by itself.`
      step.runner.warning(message, 'Settings file of a CLI')
    }
  }
  return files
}

/** What post has to know; saved once as soon as the sidecar runs and again with the files. */
export function deriveState(applied: AppliedRun, files: readonly WrittenFile[]): RunState {
  const { inputs, run, directory, handle, firewall } = applied
  return {
    version: 1,
    runId: run.runId,
    pid: handle.pid,
    startTime: handle.startTime,
    managementPort: handle.ready.managementPort,
    managementHost: inputs.listenAddress.includes(':') ? '::1' : '127.0.0.1',
    controlToken: run.controlToken,
    directory: directory.path,
    logDirectory: firewall?.sidecarLogDirectory ?? directory.logDirectory,
    checks: handle.checks,
    files,
    wantsSummary: inputs.summary,
    hasProviders: inputs.providers.length > 0,
    topology: inputs.topology.kind,
    ...(firewall === undefined ? {} : { firewall: deriveFirewallState(applied, firewall) }),
  }
}
