/**
 * Room: action. The step on the runner: main, post and their effects. Never knows: how a request is forwarded. This port is
 * all it knows of the runner; the terminal face and tests put another in its place.
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
