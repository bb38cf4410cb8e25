import { spawn } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { GuardFailure } from './guard-failure.ts'

/**
 * Where the guard looks for programs. Not the PATH it was given, and not /usr/local: hosted images let everybody write there.
 */
const DIRECTORIES = ['/usr/sbin', '/usr/bin', '/sbin', '/bin'] as const
const ENVIRONMENT = { PATH: DIRECTORIES.join(':'), LC_ALL: 'C' } as const
const TIMEOUT_MS = 10_000
const MAX_OUTPUT_CHARACTERS = 8 * 1024 * 1024

export interface ToolRun {
  readonly input?: string
  /** Milliseconds until it is killed. */
  readonly timeoutMs?: number
}

export interface ToolResult {
  /** Exit status; null when it was killed or could not be started. */
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Absolute path of a system program, or undefined where it is not installed. */
export function findTool(name: string): string | undefined {
  return DIRECTORIES.map((directory) => `${directory}/${name}`).find(isExecutable)
}

/** As {@link findTool}. Throws a GuardFailure that names the package. */
export function requireTool(name: string, packageName: string): string {
  const path = findTool(name)
  if (path === undefined) throw new GuardFailure(`${name} is not installed (package ${packageName}).`)
  return path
}

/** Runs a program with an environment of our own and waits for it. Never rejects. */
export function runTool(command: readonly string[], run: ToolRun = {}): Promise<ToolResult> {
  const [name = '', ...rest] = command
  const program = name.startsWith('/') ? name : findTool(name)
  if (program === undefined) return Promise.resolve({ status: null, stdout: '', stderr: `${name} is not installed` })
  const { promise, resolve } = Promise.withResolvers<ToolResult>()
  const child = spawn(program, rest, { cwd: '/', env: ENVIRONMENT, stdio: ['pipe', 'pipe', 'pipe'] })
  const output = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8')
    child[name].on('data', (text: string) => {
      if (output[name].length < MAX_OUTPUT_CHARACTERS) output[name] += text
    })
  }
  const timer = setTimeout(() => child.kill('SIGKILL'), run.timeoutMs ?? TIMEOUT_MS)
  child.on('error', (error) => resolve({ status: null, stdout: '', stderr: error.message }))
  child.on('close', (status) => {
    clearTimeout(timer)
    resolve({ status, ...output })
  })
  child.stdin.on('error', () => undefined)
  child.stdin.end(run.input ?? '')
  return promise
}

/** Runs a program that has to succeed. @returns its standard output. Throws a GuardFailure: `<what>: <its last line of error>`. */
export async function runOrFail(what: string, command: readonly string[], run: ToolRun = {}): Promise<string> {
  const { status, stdout, stderr } = await runTool(command, run)
  if (status === 0) return stdout
  throw new GuardFailure(`${what}: ${describeError(stderr) || `${command[0]} ended with ${status ?? 'a signal'}`}.`)
}

/** The telling line of what a tool wrote on standard error, without its own full stop. */
export function describeError(stderr: string): string {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '')
  const telling = lines.find((line) => /error|denied|not permitted|cannot|fail/i.test(line)) ?? lines.at(-1) ?? ''
  return telling.trim().slice(0, 300).replace(/\.$/, '')
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
