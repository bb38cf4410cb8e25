import * as core from '@actions/core'
import type { Runner } from './runner.ts'

type Environment = Readonly<Record<string, string | undefined>>

/**
 * The runner of GitHub Actions. This file is the only one that speaks to it.
 * @param environment the environment of the step.
 */
export function createRunner(environment: Environment): Runner {
  return {
    readInputs: () => readInputs(environment),
    mask: (text) => core.setSecret(text),
    exportVariable: (name, value) => core.exportVariable(name, value),
    addPath: (directory) => core.addPath(directory),
    setOutput: (name, value) => core.setOutput(name, value),
    saveState: (name, value) => core.saveState(name, value),
    getState: (name) => core.getState(name),
    info: (line) => core.info(line),
    notice: (message, title) => core.notice(message, { title }),
    warning: (message, title) => core.warning(message, { title }),
    error: (message, title) => core.error(message, { title }),
    group: (title, lines) => {
      core.startGroup(title)
      for (const line of lines) core.info(line)
      core.endGroup()
    },
    isDebug: () => core.isDebug(),
    fail: () => {
      process.exitCode = core.ExitCode.Failure
    },
  }
}

const PREFIX = 'INPUT_'

/** The runner gives `INPUT_<NAME>`: upper case, spaces as `_`, hyphens kept. The toolkit's own reader trims; secrets must not be. */
function readInputs(environment: Environment): ReadonlyMap<string, string> {
  const inputs = new Map<string, string>()
  for (const [name, value] of Object.entries(environment)) {
    if (name.toUpperCase().startsWith(PREFIX) && value !== undefined) {
      inputs.set(name.slice(PREFIX.length).toLowerCase(), value)
    }
  }
  return inputs
}
