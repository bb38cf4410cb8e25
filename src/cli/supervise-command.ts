import { spawn } from 'node:child_process'
import { readFile, rm } from 'node:fs/promises'
import { readFirewallLog } from '../action/firewall/read-firewall-log.ts'
import { type RunEnd, runPost } from '../action/run-post.ts'
import { renderLogText } from '../core/log-text.ts'
import { renderTerminalSummary } from '../core/summary/render-terminal-summary.ts'
import { type End, type Environment, EXIT, exitWith, type Terminal } from './terminal.ts'
import { createTerminalRunner, type Verbosity } from './terminal-runner.ts'

/** What the second half of `run` has to know. No key is in it. */
export interface Handover extends RunToEnd {
  readonly version: 1
  readonly argv: readonly string[]
  /** The command's whole environment. */
  readonly environment: Environment
  readonly isInputTerminal: boolean
}

export interface RunToEnd {
  readonly temp: string
  readonly state: readonly (readonly [name: string, value: string])[]
  readonly display: { readonly verbosity: Verbosity; readonly isColoured: boolean }
  /** File of the job summary; null where there is none. */
  readonly summaryPath: string | null
}

/** Reads what the first half left, once. */
export async function readHandover(path: string): Promise<Handover> {
  const handover = JSON.parse(await readFile(path, 'utf8')) as Handover
  await rm(path, { force: true })
  return handover
}

/** Runs the command to its end, cleans up, and ends as it did. */
export async function superviseCommand(terminal: Terminal, handover: Handover): Promise<End> {
  const end = await runChild(terminal, handover)
  const hasFailed = await endRun(terminal, handover)
  // With fail-on-blocked a run can fail although its command did not.
  return hasFailed && end.kind === 'code' && end.code === EXIT.ok ? exitWith(EXIT.rejected) : end
}

/** From a terminal these reach the whole process group: the command has them already. */
const OF_TERMINAL: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT']
const FORWARDED: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2']

async function runChild(terminal: Terminal, { argv, environment, isInputTerminal }: Handover): Promise<End> {
  const [program = '', ...rest] = argv
  const { promise, resolve } = Promise.withResolvers<End>()
  // Before the command is there: a signal that it asks for as soon as it runs must not end this process instead, and leave it alone.
  terminal.onSignals(OF_TERMINAL, (name) => void (isInputTerminal || child.kill(name)))
  terminal.onSignals(FORWARDED, (name) => void child.kill(name))
  const child = spawn(program, rest, { env: { ...environment }, stdio: 'inherit' })
  // For good, not once: a signal that may not be sent is an error too, each time, as with a command that sudo made another user's.
  child.on('error', (error: NodeJS.ErrnoException) => {
    const isRunning = child.pid !== undefined
    const failure = isRunning ? 'did not get a signal' : 'cannot be started'
    terminal.writeError(`setup-agent-proxy: ${program} ${failure} (${error.code ?? error.message})\n`)
    if (isRunning) return
    resolve(exitWith(error.code === 'ENOENT' ? EXIT.notFound : EXIT.notExecutable))
  })
  child.once('exit', (code, signal) =>
    resolve(signal === null ? exitWith(code ?? EXIT.rejected) : { kind: 'signal', signal }),
  )
  return promise
}

/** Takes everything down and says what there was. @returns true when the run counts as failed whatever its command said. */
export async function endRun(terminal: Terminal, run: RunToEnd): Promise<boolean> {
  const { display, temp, summaryPath } = run
  const options = { ...display, inputs: new Map<string, string>(), writeError: terminal.writeError }
  const runner = createTerminalRunner(options, new Map(run.state))
  await runPost({
    runner,
    summaryPath: summaryPath ?? undefined,
    hasOidc: false,
    onEnd: async (end) => {
      if (display.verbosity === 'quiet' || !end.state.wantsSummary) return
      for (const line of await renderEnd(end)) runner.info(renderLogText(line))
    },
  })
  await rm(temp, { recursive: true, force: true })
  return runner.handedOver.hasFailed
}

async function renderEnd({ state, traffic }: RunEnd): Promise<readonly string[]> {
  const { firewall } = state
  const egress = firewall === undefined ? undefined : await readFirewallLog(firewall.logPath).catch(() => undefined)
  return renderTerminalSummary({ report: traffic.report, level: firewall?.level, egress })
}
