import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { createInterface } from 'node:readline'
import type { RunnerOrder, RunnerResult } from './runner-process.ts'
import type { Settings } from './world.ts'

export type Command = Omit<RunnerOrder, 'id'>

export interface Runner {
  readonly pid: number
  /** Runs a command as a child of the runner's process, as the job's user. */
  readonly run: (command: Command) => Promise<RunnerResult>
  /** SIGKILL, as when the machine's supervisor takes the runner away. */
  readonly vanish: () => Promise<void>
  readonly close: () => Promise<void>
}

/** Starts the process that plays the runner, under the unprivileged user. */
export function createRunner({ user, node }: Settings): Runner {
  const script = path.join(import.meta.dirname, 'runner-process.ts')
  const [file = '', ...args] = [...user.prefix, node, '--disable-warning=ExperimentalWarning', script]
  const child = spawn(file, args, { env: { PATH: '/usr/bin:/bin' }, cwd: '/', stdio: ['pipe', 'pipe', 'inherit'] })
  const waiting = new Map<number, (result: RunnerResult) => void>()
  createInterface({ input: child.stdout }).on('line', (line) => {
    const result = JSON.parse(line) as RunnerResult
    waiting.get(result.id)?.(result)
    waiting.delete(result.id)
  })
  let count = 0
  return {
    pid: child.pid ?? 0,
    run: (command) => {
      count += 1
      const id = count
      child.stdin.write(`${JSON.stringify({ id, ...command })}\n`)
      return new Promise((resolve) => waiting.set(id, resolve))
    },
    vanish: () => end(child, 'SIGKILL'),
    close: () => end(child, 'SIGTERM'),
  }
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const closed = once(child, 'exit')
  child.kill(signal)
  await closed
}
