import * as core from '@actions/core'

/**
 * Room: action. The step on the runner: main, post and their effects. Never knows: how a request is forwarded. This file is
 * the only one that speaks to the runner; tests put a recording one in its place.
 */
export interface Runner {
  /** Raw texts of the inputs by name; an input that was not given at all is absent. */
  readInputs(): ReadonlyMap<string, string>
  mask(text: string): void
  exportVariable(name: string, value: string): void
  /** Puts a directory before the others on the PATH of the later steps. */
  addPath(directory: string): void
  setOutput(name: string, value: string): void
  saveState(name: string, value: string): void
  getState(name: string): string
  info(line: string): void
  notice(message: string, title: string): void
  warning(message: string, title: string): void
  error(message: string, title: string): void
  group(title: string, lines: readonly string[]): void
  /** True when the job runs with debug logging. */
  isDebug(): boolean
  /** Makes the step fail; what went wrong has been said by then. */
  fail(): void
}

type Environment = Readonly<Record<string, string | undefined>>

/** @param environment the environment of the step. */
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
