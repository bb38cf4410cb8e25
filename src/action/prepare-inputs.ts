import { ActionError, type Fault } from '../core/fault.ts'
import type { Inputs } from '../core/inputs/inputs.ts'
import { parseInputs } from '../core/inputs/parse-inputs.ts'
import { type CliFilePlan, deriveCliFiles, findCliFileProblem } from './cli-files.ts'
import { readRawInputs, readRunnerFacts, readTerminalFacts } from './read-raw-inputs.ts'
import { resolveSources } from './resolve-sources.ts'
import type { Step } from './step.ts'

export interface PreparedInputs {
  readonly inputs: Inputs
  /** Settings files of CLIs that will need our key, seen to be editable. */
  readonly files: readonly CliFilePlan[]
}

/** Parses the inputs and looks at the CLI files. Throws one ActionError with everything that is wrong; nothing is changed yet. */
export async function prepareInputs(step: Step): Promise<PreparedInputs> {
  const readFacts = step.place === 'terminal' ? readTerminalFacts : readRunnerFacts
  const parsed = parseInputs(readRawInputs(step.runner, step.environment), readFacts(step.environment))
  if (parsed.kind === 'faults') throw new ActionError(parsed.faults)
  const { notices } = parsed
  const inputs = { ...parsed.inputs, providers: resolveSources(parsed.inputs.providers, step) }
  for (const notice of notices) step.runner.notice(notice, 'Inputs')
  const files = deriveCliFiles(
    inputs.providers.map(({ id }) => id),
    {
      home: step.home,
      codexHome: given(step.environment.CODEX_HOME),
      geminiHome: given(step.environment.GEMINI_CLI_HOME),
    },
  )
  const faults = (await Promise.all(files.map(checkFile))).flat()
  if (faults.length > 0) throw new ActionError(faults)
  return { inputs, files }
}

function given(text: string | undefined): string | undefined {
  return text === '' ? undefined : text
}

async function checkFile(plan: CliFilePlan): Promise<Fault[]> {
  const problem = await findCliFileProblem(plan)
  if (problem === undefined) return []
  return [
    {
      code: 'cli-file',
      title: `${plan.kind}: settings file cannot be edited`,
      message: `${problem} (${plan.path})`,
      fix: 'Correct or remove the file: the CLI has to be told the address of the sidecar in it.',
    },
  ]
}
