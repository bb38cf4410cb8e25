import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

/** Core of load and upstream, core of the contender. */
export const LOAD_CORE = 0
export const CONTENDER_CORE = 1

export interface Program {
  readonly command: string
  readonly args: readonly string[]
  readonly core: number
  /** Process whose network it shall have. */
  readonly namespace?: string
  /** Start it in the real-time class. */
  readonly isRealTime?: boolean
  readonly environment?: Readonly<Record<string, string>>
}

const started = new Set<ChildProcess>()

/** Starts a program pinned to a core. Its stderr is ours, so a contender that fails says why. */
export function startProgram(program: Program): ChildProcess {
  const priority = program.isRealTime === true ? ['chrt', '--rr', '10'] : []
  const network = program.namespace === undefined ? [] : ['nsenter', '--target', program.namespace, '--net', '--']
  const before = [...priority, ...network]
  const child = spawn('taskset', ['-c', String(program.core), ...before, program.command, ...program.args], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { PATH: process.env.PATH ?? '', ...program.environment },
  })
  return keep(child)
}

/** Remembers a child so that {@link stopAll} ends it whatever happens. */
export function keep(child: ChildProcess): ChildProcess {
  started.add(child)
  child.once('exit', () => started.delete(child))
  return child
}

/** First line of the child's stdout. Throws when it ends before. */
export async function readFirstLine(child: ChildProcess): Promise<string> {
  let text = ''
  for await (const bytes of child.stdout?.iterator({ destroyOnReturn: false }) ?? []) {
    text += bytes
    if (text.includes('\n')) return text.slice(0, text.indexOf('\n'))
  }
  throw new Error(`${child.spawnargs.slice(3).join(' ')} ended before it was ready`)
}

export async function stopProgram(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}

export function stopAll(): void {
  for (const child of started) child.kill('SIGKILL')
}
