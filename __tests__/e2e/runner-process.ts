import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/**
 * Stands for Runner.Worker: a process of the job's own user that is the parent of main, of every agent and of post. Takes one
 * JSON order per line on stdin, answers one JSON line per finished child on stdout. Killing it is "the runner has vanished".
 */
export interface RunnerOrder {
  readonly id: number
  readonly file: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
  readonly timeoutMs: number
}

export interface RunnerResult {
  readonly id: number
  readonly code: number | null
  readonly signal: string | null
  readonly stdout: string
  readonly stderr: string
  readonly ms: number
}

function run(order: RunnerOrder): void {
  const started = performance.now()
  const output = { stdout: '', stderr: '' }
  const { env, cwd, timeoutMs: timeout } = order
  const child = spawn(order.file, order.args, {
    env,
    cwd,
    timeout,
    killSignal: 'SIGKILL',
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output.stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output.stderr += text
  })
  child.on('error', (error) => {
    output.stderr += `\ncould not be started: ${error.message}`
  })
  child.on('close', (code, signal) => {
    const result: RunnerResult = { id: order.id, code, signal, ...output, ms: performance.now() - started }
    process.stdout.write(`${JSON.stringify(result)}\n`)
  })
}

createInterface({ input: process.stdin }).on('line', (line) => run(JSON.parse(line) as RunnerOrder))
