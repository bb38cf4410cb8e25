import { rm } from 'node:fs/promises'
import { renderManagementUrl } from '../core/action-outputs.ts'
import { ActionError, isActionError } from '../core/fault.ts'
import type { Inputs } from '../core/inputs/inputs.ts'
import { renderLogText } from '../core/log-text.ts'
import { PROVIDERS } from '../core/providers/table.ts'
import type { ProviderCheck } from '../core/sidecar-config.ts'
import { decideValidation, renderCheck } from '../core/validation-outcome.ts'
import { annotate } from './annotate.ts'
import type { AppliedRun } from './applied-run.ts'
import { applyRun } from './apply-run.ts'
import type { CliFilePlan } from './cli-files.ts'
import { prepareFirewall } from './firewall/prepare-firewall.ts'
import { sayFirewall } from './firewall/say-firewall.ts'
import { type ProcessesRequest, startProcesses } from './firewall/start-processes.ts'
import { prepareInputs } from './prepare-inputs.ts'
import { createDirectory, createRun } from './start-sidecar.ts'
import type { Step } from './step.ts'

/**
 * The main step: inputs in, sidecar and firewall up, environment out. Whatever is wrong is said in annotations, and then nothing is left
 * but an enforced firewall that stood already: it stays until the job ends, as nobody without root can take it down.
 */
export async function runMain(step: Step): Promise<void> {
  try {
    const { inputs, files } = await prepareInputs(step)
    sayWhatIsSkipped(step, inputs)
    if (inputs.providers.length === 0 && inputs.firewall.mode === 'off') return
    const plan = await prepareFirewall(step, inputs)
    const run = createRun(step, inputs)
    const directory = await createDirectory(step, inputs, run.runId)
    await start(step, { inputs, plan, run, directory }, files).catch(async (error: unknown) => {
      await rm(directory.path, { recursive: true, force: true })
      throw error
    })
  } catch (error) {
    sayWhatIsWrong(step, error)
    step.runner.fail()
  }
}

/** Throws what is wrong, when of what can be taken back only the directory of the run is left. */
async function start(step: Step, request: ProcessesRequest, files: readonly CliFilePlan[]): Promise<void> {
  const { inputs, run, directory } = request
  const { sidecar: handle, firewall } = await startProcesses(step, request)
  sayWhatWasFound(step, inputs, handle.checks)
  if (handle.kind === 'refused') throw new ActionError(decideValidation(handle.checks).blocking)
  const applied = { step, inputs, run, directory, handle, firewall }
  await applyRun(applied, files)
  sayWhatIsReady(applied)
}

function sayWhatIsSkipped({ runner }: Step, { skipped }: Inputs): void {
  for (const { provider, input } of skipped) {
    const message = `${input} is empty, so ${PROVIDERS[provider].label} is not available in this job (on-missing: skip).`
    runner.notice(message, 'Provider skipped')
  }
}

function sayWhatWasFound({ runner }: Step, { validate }: Inputs, checks: readonly ProviderCheck[]): void {
  runner.group(
    'Credentials and hosts',
    checks.map((check) => renderLogText(renderCheck(check))),
  )
  const { blocking, doubts } = decideValidation(checks)
  annotate(runner, 'warning', validate === 'warn' ? [...blocking, ...doubts] : doubts)
}

function sayWhatIsReady(applied: AppliedRun): void {
  const { step, inputs, handle, firewall } = applied
  const { runner } = step
  const { ready, pid } = handle
  for (const { id } of inputs.providers) {
    runner.info(`${PROVIDERS[id].label}: port ${ready.ports[id] ?? 'none'}`)
  }
  const byok = inputs.providers.find(({ id }) => id === 'byok')
  if (byok !== undefined && byok.model === undefined) {
    runner.info('Copilot CLI needs a model for your own provider: give copilot-model, or --model to the CLI.')
  }
  runner.info(`Sidecar ${pid} is ready; logs in ${firewall?.sidecarLogDirectory ?? applied.directory.logDirectory}`)
  runner.info(`Status page, on this machine: ${renderManagementUrl(inputs.listenAddress, ready.managementPort)}`)
  if (step.platform === 'linux' && !handle.isShielded) {
    runner.info(
      'Other processes of this user can read the memory of the sidecar; see the limits in the security model.',
    )
  }
  sayFirewall({ step, inputs }, firewall)
}

function sayWhatIsWrong({ runner }: Step, error: unknown): void {
  if (isActionError(error)) annotate(runner, 'error', error.faults)
  else runner.error(renderLogText(error instanceof Error ? error.message : String(error)), 'Unexpected error')
}
