import { appendFileSync } from 'node:fs'
import { join } from 'node:path'

/** What a stand-in did, one JSON line each; the test reads them back. */
export interface ProgramRecord {
  readonly program: string
  readonly arguments: readonly string[]
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly asked: readonly { readonly url: string; readonly status: number }[]
}

export interface ModelRequest {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: object
  /** What the last bytes of a whole stream hold; absent where they are no text. */
  readonly end?: string
}

const asked: { url: string; status: number }[] = []

/** Environment variables of this process; empty counts as absent, as for every client that was measured. */
export function readVariable(name: string): string | undefined {
  const value = process.env[name]
  return value === '' ? undefined : value
}

/** Asks for something small before the model, as clients do. Gives the body. */
export async function askFor(url: string, headers: Readonly<Record<string, string>>): Promise<string> {
  const answer = await fetch(url, { headers })
  asked.push({ url, status: answer.status })
  return await answer.text()
}

/** One streamed request to the model. Throws unless the answer is a success and whole. */
export async function askModel({ url, headers, body, end }: ModelRequest): Promise<void> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
  asked.push({ url, status: answer.status })
  let text = ''
  const decoder = new TextDecoder()
  for await (const chunk of answer.body ?? []) text += decoder.decode(chunk, { stream: true })
  if (answer.status !== 200) throw new Error(`unexpected status ${answer.status}: ${text.slice(0, 400)}`)
  if (end === undefined ? text === '' : !text.slice(-2000).includes(end)) throw new Error('the stream was cut')
  console.log(`${text.length} characters from the model`)
}

/** Runs a program, notes what it did, and ends like a client: with its error on stderr. */
export async function run(program: string, main: () => Promise<void> | void): Promise<void> {
  try {
    await main()
  } catch (error) {
    console.error(`${program}: ${error instanceof Error ? error.message : String(error)}`)
    process.exitCode = 1
  } finally {
    note({ program, arguments: process.argv.slice(2), environment: process.env, asked })
  }
}

/** Adds a line to the records of this machine. */
export function note(record: ProgramRecord): void {
  appendFileSync(join(import.meta.dirname, '..', 'records', 'programs.jsonl'), `${JSON.stringify(record)}\n`)
}

/** The value behind an option; undefined when it is not there. */
export function readOption(name: string): string | undefined {
  const at = process.argv.indexOf(name)
  return at < 0 ? undefined : process.argv[at + 1]
}
