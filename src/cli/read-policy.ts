import { createPolicy, hasRunner } from '../action/firewall/create-policy.ts'
import { readRawInputs, readTerminalFacts } from '../action/read-raw-inputs.ts'
import { ActionError, type Fault, isActionError } from '../core/fault.ts'
import type { Inputs } from '../core/inputs/inputs.ts'
import { parseInputs } from '../core/inputs/parse-inputs.ts'
import type { Policy } from '../core/policy/policy.ts'
import { collectInputs } from './collect-inputs.ts'
import { deriveGithub } from './create-step.ts'
import type { Flags } from './options.ts'
import { EXIT, type Terminal } from './terminal.ts'
import { createTerminalRunner } from './terminal-runner.ts'

export interface ReadPolicy {
  readonly inputs: Inputs
  readonly policy: Policy
  /** Remarks about the inputs. */
  readonly notices: readonly string[]
}

/** Inputs and policy for commands that only look: no key is needed, and nobody is asked. Throws an ActionError. */
export async function readPolicy(terminal: Terminal, flags: Flags, wantsRunner: boolean): Promise<ReadPolicy> {
  const { inputs: given, environment } = collectInputs(flags, terminal.environment)
  const facts = { ...environment, ...deriveGithub(environment), GITHUB_WORKSPACE: terminal.cwd }
  const { writeError } = terminal
  const runner = createTerminalRunner({ inputs: given, verbosity: 'quiet', isColoured: false, writeError })
  const parsed = parseInputs(
    readRawInputs(runner, facts),
    new Map([...readTerminalFacts(facts), ['provider', 'optional'] as const]),
  )
  if (parsed.kind === 'faults') throw new ActionError(parsed.faults)
  const { inputs, notices } = parsed
  const mode = inputs.firewall.mode === 'audit' ? 'audit' : 'block'
  const isRunner = wantsRunner || hasRunner({ place: 'terminal', environment: facts })
  return { inputs, notices, policy: await createPolicy(inputs, mode, { hasRunner: isRunner, isProxied: true }) }
}

/** Says what is wrong with the inputs, or throws what is no fault of theirs. @returns the exit code. */
export function sayFaults(terminal: Terminal, error: unknown): number {
  if (!isActionError(error)) throw error
  for (const { title, message, fix } of error.faults as readonly Fault[]) {
    terminal.writeError(`error: ${title}\n  ${message} ${fix}\n`)
  }
  return EXIT.unusable
}
