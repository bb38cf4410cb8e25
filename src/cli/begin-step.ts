import { type CollectedInputs, collectInputs } from './collect-inputs.ts'
import { createStep, type TerminalStep } from './create-step.ts'
import type { Display, Flags } from './options.ts'
import type { Terminal } from './terminal.ts'

export interface BegunStep {
  readonly step: TerminalStep
  readonly collected: CollectedInputs
  /** The first signal that has cancelled the step, if one has. */
  received(): NodeJS.Signals | undefined
}

/** Signals that end a set-up under way; what was begun is taken back. */
const CANCELLING: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP']

/** Makes the step of a command that needs the keys: inputs from options and variables, cancelled by a signal. */
export async function beginStep(
  terminal: Terminal,
  { flags, display }: { readonly flags: Flags; readonly display: Display },
): Promise<BegunStep> {
  const collected = collectInputs(flags, terminal.environment)
  const cancelled = new AbortController()
  let received: NodeJS.Signals | undefined
  terminal.onSignals(CANCELLING, (name) => {
    received ??= name
    cancelled.abort()
  })
  const step = await createStep(terminal, {
    options: { ...display, inputs: collected.inputs, writeError: terminal.writeError },
    environment: collected.environment,
    cancelled: cancelled.signal,
  })
  return { step, collected, received: () => received }
}
