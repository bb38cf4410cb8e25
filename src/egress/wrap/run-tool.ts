import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'

/**
 * Runs a program of the system with a text on its stdin.
 * @throws Error with what the program wrote to stderr
 */
export async function runTool(argv: readonly string[], input: string): Promise<void> {
  const [program = '', ...rest] = argv
  const child = spawn(program, rest, { env: {}, stdio: ['pipe', 'ignore', 'pipe'] })
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  child.once('error', reject)
  child.once('close', (code) => resolve(code ?? -1))
  child.stdin.once('error', () => undefined) // It ended before it had read all; its exit code tells.
  child.stdin.end(input)
  const [said, code] = await Promise.all([text(child.stderr), promise])
  if (code !== 0) throw new Error(`${program}: ${said.trim().split('\n')[0] ?? ''} (exit code ${code})`)
}
