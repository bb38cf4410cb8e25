import { deriveOutputs } from '../core/action-outputs.ts'
import { deriveClientBaseUrl } from '../core/client-base-url.ts'
import { deriveEnvironment } from '../core/environment.ts'
import { ActionError } from '../core/fault.ts'
import { renderLogText } from '../core/log-text.ts'
import { decideValidation } from '../core/validation-outcome.ts'
import type { AppliedRun } from './applied-run.ts'
import { type CliFilePlan, providerOf, restoreCliFile, type WrittenFile, writeCliFile } from './cli-files.ts'
import { endSidecar } from './end-sidecar.ts'
import { exportEnvironment } from './export-environment.ts'
import { deriveFirewallState, describeFirewall, exportProxy } from './firewall/describe-firewall.ts'
import type { Runner } from './runner.ts'
import { type RunState, saveState } from './state.ts'
import { stopSidecar } from './stop-sidecar.ts'

/**
 * Makes a run whose processes are up the job's: state for post, settings files, variables, outputs. Throws what went wrong, with
 * `validate: strict` also what the checks found; then the sidecar is stopped and the user's files are what they were, as the backups
 * go with the directory of the run.
 */
export async function applyRun(applied: AppliedRun, plans: readonly CliFilePlan[]): Promise<void> {
  const { step, inputs, handle } = applied
  let files: readonly WrittenFile[] = []
  try {
    const { blocking } = decideValidation(handle.checks)
    if (inputs.validate === 'strict' && blocking.length > 0) throw new ActionError(blocking)
    saveState(step.runner, deriveState(applied, []))
    files = await writeFiles(applied, plans)
    if (files.length > 0) saveState(step.runner, deriveState(applied, files))
    await publish(applied)
  } catch (error) {
    await takeBack(applied, files)
    throw error
  }
}

async function takeBack(applied: AppliedRun, files: readonly WrittenFile[]): Promise<void> {
  const { step, firewall } = applied
  await restoreFiles(step.runner, files)
  await stopSidecar(deriveState(applied, []), 0)
  if (firewall?.relay) await endSidecar(firewall.relay)
}

/** Takes the changes of the settings files back, each as far as it goes; what could not be done is a warning. */
export async function restoreFiles(runner: Runner, files: readonly WrittenFile[]): Promise<void> {
  for (const file of files) {
    const problem = await restoreCliFile(file).catch(String)
    if (problem !== undefined) runner.warning(renderLogText(problem), 'A settings file was not restored')
  }
}

/** Exports the variables and sets the outputs. */
async function publish(applied: AppliedRun): Promise<void> {
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
async function writeFiles(applied: AppliedRun, plans: readonly CliFilePlan[]): Promise<WrittenFile[]> {
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
function deriveState(applied: AppliedRun, files: readonly WrittenFile[]): RunState {
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
