import { rm, writeFile } from 'node:fs/promises'
import { delimiter, isAbsolute, join, resolve } from 'node:path'
import { findProgram } from '../action/find-program.ts'
import { runMain } from '../action/run-main.ts'
import { type RunState, readState } from '../action/state.ts'
import { beginStep } from './begin-step.ts'
import type { TerminalStep } from './create-step.ts'
import type { RunOptions } from './options.ts'
import { endRun, type Handover, superviseCommand } from './supervise-command.ts'
import { type End, EXIT, exitWith, type Terminal } from './terminal.ts'

/**
 * `run`: sidecar, environment and firewall, then the command. Once all is up, this process has no more use for the keys and puts
 * itself aside: a fresh image without them, and without the environment they came in, waits for the command. A command of the same
 * user could else read them from its parent.
 */
export async function runCommand(terminal: Terminal, options: RunOptions): Promise<End> {
  const { command } = options
  const missing = findMissing(terminal, command)
  if (missing !== undefined) {
    terminal.writeError(`setup-agent-proxy: ${missing}\n`)
    return exitWith(EXIT.notFound)
  }
  const { step, collected, received } = await beginStep(terminal, options)
  if (collected.secretVariables.length > 0) step.runner.info(`Keys: from ${collected.secretVariables.join(', ')}`)
  await runMain(step)
  const state = readState(step.runner)
  const signal = received()
  if (step.runner.handedOver.hasFailed || state === undefined || signal !== undefined) {
    await takeBack(terminal, step)
    return signal === undefined ? exitWith(EXIT.notStarted) : { kind: 'signal', signal }
  }
  const handover = deriveHandover(terminal, step, { ...options, environment: collected.environment, state })
  return handOver(terminal, handover)
}

function findMissing({ platform, environment, cwd }: Terminal, [program = '']: readonly string[]): string | undefined {
  // On Windows a shell may be needed to find it; what cannot be started is said when it is tried.
  if (platform === 'win32') return undefined
  const isPath = program.includes('/')
  const found = findProgram(isPath ? resolve(cwd, program) : program, {
    ...{ platform, searchPath: resolvePath(environment.PATH ?? '', cwd), extensions: '', workspace: undefined },
  })
  return found.kind === 'found' ? undefined : `cannot start ${program}: found ${found.found}`
}

/** A shell takes a relative entry of PATH, and so does the command's own environment. */
function resolvePath(text: string, cwd: string): string {
  return text
    .split(delimiter)
    .map((entry) => (isAbsolute(entry) ? entry : resolve(cwd, entry)))
    .join(delimiter)
}

/** What was started before it failed, or before somebody gave up waiting for it. */
async function takeBack(terminal: Terminal, step: TerminalStep): Promise<void> {
  await endRun(terminal, {
    ...{ temp: step.temp, state: [...step.runner.handedOver.state], summaryPath: null },
    display: { verbosity: 'quiet', isColoured: false },
  })
}

interface HandoverFacts extends RunOptions {
  readonly environment: Terminal['environment']
  readonly state: RunState
}

function deriveHandover(terminal: Terminal, step: TerminalStep, facts: HandoverFacts): Handover {
  const { exported, paths, state } = step.runner.handedOver
  const { environment, display, command } = facts
  const isWrapped = facts.state.firewall?.level === 'wrapped'
  const [bin = ''] = paths
  const path = [...paths, environment.PATH ?? ''].filter((entry) => entry !== '').join(delimiter)
  return {
    version: 1,
    temp: step.temp,
    state: [...state],
    argv: isWrapped ? [join(bin, 'agent-exec'), '--', ...command] : command,
    environment: {
      ...dropIdentity(environment),
      ...Object.fromEntries(exported),
      ...(path === '' ? {} : { PATH: path }),
    },
    display,
    isInputTerminal: terminal.isInputTerminal,
    // In a job the summary has its usual place, whoever starts the agent.
    summaryPath: environment.GITHUB_STEP_SUMMARY ?? null,
  }
}

const OF_IDENTITY = ['ACTIONS_ID_TOKEN_REQUEST_URL', 'ACTIONS_ID_TOKEN_REQUEST_TOKEN']

/** With these a command could mint identity tokens of the job for any audience. A runner gives them to each step; here they can be kept back. */
function dropIdentity(environment: Terminal['environment']): Terminal['environment'] {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !OF_IDENTITY.includes(name)))
}

async function handOver(terminal: Terminal, handover: Handover): Promise<End> {
  const { replaceProcess, execPath, bundle } = terminal
  if (replaceProcess === undefined) return superviseCommand(terminal, handover)
  const file = join(handover.temp, 'handover.json')
  try {
    await writeFile(file, JSON.stringify(handover), { flag: 'wx', mode: 0o600 })
    // No inspector on SIGUSR1: the command may send it that signal.
    replaceProcess([execPath, '--disable-sigusr1', bundle('cli'), SUPERVISE, file], handover.environment)
  } catch (error) {
    await rm(file, { force: true })
    terminal.writeError(`setup-agent-proxy: it goes on in the same process (${(error as Error).message})\n`)
  }
  return superviseCommand(terminal, handover)
}

/** Not a command for people: the second half of `run`, in the same process. */
export const SUPERVISE = '__supervise'
