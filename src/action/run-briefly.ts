import { spawn } from 'node:child_process'

export interface BriefRun {
  readonly argv: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  /** Milliseconds, for the program and whatever it leaves behind. */
  readonly limitMs: number
}

export interface BriefResult {
  /** Null when it could not be started or did not end by itself. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/**
 * Runs a program that has nothing to read and collects what it says. At the limit it is killed and not listened to any longer: something
 * that it started may live on with its pipes, and waiting for those to close would have no end.
 */
export async function runBriefly({ argv, environment, limitMs }: BriefRun): Promise<BriefResult> {
  const [program = '', ...rest] = argv
  const child = spawn(program, rest, { env: environment, stdio: ['ignore', 'pipe', 'pipe'] })
  const said = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (chunk: string) => {
      said[name] += chunk
    })
  }
  const { promise, resolve } = Promise.withResolvers<number | null>()
  child.once('error', () => resolve(null))
  child.once('close', resolve)
  const timer = setTimeout(() => {
    child.kill('SIGKILL')
    child.stdout.destroy()
    child.stderr.destroy()
    // Of another user by now, it may live on itself.
    child.unref()
    resolve(null)
  }, limitMs)
  const code = await promise
  clearTimeout(timer)
  return { code, ...said }
}
