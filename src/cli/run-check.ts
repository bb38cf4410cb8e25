import { rm } from 'node:fs/promises'
import { annotate } from '../action/annotate.ts'
import { endSidecar } from '../action/end-sidecar.ts'
import { prepareInputs } from '../action/prepare-inputs.ts'
import { createDirectory, createRun, startSidecar } from '../action/start-sidecar.ts'
import { isActionError } from '../core/fault.ts'
import type { Inputs } from '../core/inputs/inputs.ts'
import { isBlockingCheck, type ProviderCheck } from '../core/sidecar-config.ts'
import { beginStep } from './begin-step.ts'
import type { CheckFindings } from './check-findings.ts'
import type { TerminalStep } from './create-step.ts'
import type { CheckOptions } from './options.ts'
import { renderCheckJson, renderCheckTable } from './render-check.ts'
import { type End, EXIT, exitWith, type Terminal } from './terminal.ts'

/** `check`: what `run` would derive and check, and nothing of what it would start is left. */
export async function runCheck(terminal: Terminal, { flags, display, isJson }: CheckOptions): Promise<End> {
  const { step, received } = await beginStep(terminal, { flags, display })
  try {
    const findings = await findOut(step)
    const signal = received()
    if (signal !== undefined) return { kind: 'signal', signal }
    annotate(step.runner, 'error', findings.faults)
    if (isJson) terminal.write(renderCheckJson(findings))
    else if (findings.inputs !== undefined) terminal.write(renderCheckTable(findings.inputs, findings.checks))
    return exitWith(decideCode(findings))
  } finally {
    await rm(step.temp, { recursive: true, force: true })
  }
}

/** A key that could not be judged is not a rejected one: exit code 0, as the step goes on too. */
function decideCode({ faults, checks }: CheckFindings): number {
  if (faults.length > 0) return EXIT.unusable
  return checks.some(isBlockingCheck) ? EXIT.rejected : EXIT.ok
}

async function findOut(step: TerminalStep): Promise<CheckFindings> {
  try {
    const { inputs } = await prepareInputs(step)
    // Whoever asks wants to know: `validate` says what a run makes of the answer.
    return { inputs, checks: await checkKeys(step, { ...inputs, validate: 'strict' }), faults: [] }
  } catch (error) {
    if (!isActionError(error)) throw error
    return { inputs: undefined, checks: [], faults: error.faults }
  }
}

async function checkKeys(step: TerminalStep, inputs: Inputs): Promise<readonly ProviderCheck[]> {
  const run = createRun(step, inputs)
  const directory = await createDirectory(step, inputs, run.runId)
  const { outcome } = await startSidecar(step, run, directory)
  if (outcome.kind === 'ready') await endSidecar(outcome)
  return outcome.checks
}
