import type { Runner } from '../action/runner.ts'
import { createRedactor, type Redactor } from '../core/redact.ts'

/** `quiet`: warnings and errors. `usual`: progress too. `verbose`: also long lists and the sidecar's own log. */
export type Verbosity = 'quiet' | 'usual' | 'verbose'

export interface TerminalRunnerOptions {
  readonly inputs: ReadonlyMap<string, string>
  readonly verbosity: Verbosity
  readonly isColoured: boolean
  readonly writeError: (text: string) => void
}

/** What a run has handed over; a runner would have kept it in files. */
export interface HandedOver {
  readonly exported: ReadonlyMap<string, string>
  readonly paths: readonly string[]
  readonly state: ReadonlyMap<string, string>
  readonly hasFailed: boolean
}

export interface TerminalRunner extends Runner {
  readonly handedOver: HandedOver
}

const COLOURS = { error: '31', warning: '33', title: '1' } as const
/** A group with more lines is a list for who asks for it. */
const LONGEST_GROUP = 12

/** Implements the runner's port in memory. Progress goes to stderr, where every mask is applied: there is no runner to do it. */
export function createTerminalRunner(
  options: TerminalRunnerOptions,
  state: ReadonlyMap<string, string> = new Map(),
): TerminalRunner {
  const kept = {
    exported: new Map(),
    paths: [] as string[],
    state: new Map(state),
    hasFailed: false,
  }
  const screen = createScreen(options)
  const progress = (line: string): void => {
    if (options.verbosity !== 'quiet') screen.write(line)
  }
  return {
    handedOver: kept,
    readInputs: () => options.inputs,
    mask: screen.mask,
    exportVariable: (name, value) => void kept.exported.set(name, value),
    addPath: (directory) => void kept.paths.unshift(directory),
    // No later step could read them.
    setOutput: () => undefined,
    saveState: (name, value) => void kept.state.set(name, value),
    getState: (name) => kept.state.get(name) ?? '',
    info: progress,
    notice: (message, title) => progress(`${title}: ${message}`),
    warning: (message, title) => screen.write(`${screen.paint('warning', `warning: ${title}`)}\n  ${message}`),
    error: (message, title) => screen.write(`${screen.paint('error', `error: ${title}`)}\n  ${message}`),
    group: (title, lines) => {
      const isLong = lines.length > LONGEST_GROUP && options.verbosity !== 'verbose'
      progress(isLong ? `${title}: ${lines.length} lines, see --verbose` : screen.paint('title', title))
      for (const line of isLong ? [] : lines) progress(`  ${line}`)
    },
    isDebug: () => options.verbosity === 'verbose',
    fail: () => {
      kept.hasFailed = true
    },
  }
}

interface Screen {
  readonly mask: (text: string) => void
  readonly write: (text: string) => void
  readonly paint: (colour: keyof typeof COLOURS, text: string) => string
}

function createScreen({ isColoured, writeError }: TerminalRunnerOptions): Screen {
  const masks: string[] = []
  let redact: Redactor | undefined
  return {
    mask: (text) => {
      masks.push(text)
      redact = undefined
    },
    write: (text) => {
      redact ??= createRedactor(masks)
      writeError(`${redact(text)}\n`)
    },
    paint: (colour, text) => (isColoured ? `\u001b[${COLOURS[colour]}m${text}\u001b[0m` : text),
  }
}
