import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { Conversation } from '../fakes/conversation.ts'
import type { FakeProvider } from '../fakes/fake-provider.ts'
import type { OfferedCredential } from '../fakes/offered-credentials.ts'
import type { Job } from './job.ts'
import { KEYS } from './keys.ts'
import { findSidecar } from './processes.ts'
import type { RunnerResult } from './runner-process.ts'
import type { World } from './world.ts'

/** What the agent is asked to do, and how to see that it was done: a shell call that leaves a nonce behind. */
export interface Task {
  readonly conversation: Conversation
  /** Throws unless the agent ended well, said the final text and really ran the tool. */
  readonly check: (result: RunnerResult) => void
}

export function createTask(job: Job): Task {
  const nonce = randomBytes(12).toString('hex')
  const file = path.join(job.directories.workspace, `nonce-${nonce.slice(0, 6)}.txt`)
  const text = `the task ${nonce.slice(6, 12)} is done`
  return {
    conversation: { text, command: `echo ${nonce} > ${file} && cat ${file}` },
    check: (result) => {
      const shown = `\n--- stdout\n${result.stdout.slice(-2000)}\n--- stderr\n${result.stderr.slice(-2000)}`
      assert.equal(result.code, 0, `the agent ended with ${result.code ?? result.signal}${shown}`)
      assert.ok(result.stdout.includes(text), `the agent did not say "${text}"${shown}`)
      assert.equal(readFileSync(file, 'utf8').trim(), nonce, 'the tool call did not run')
    },
  }
}

/** Throws unless main succeeded. Its whole output is in the message. */
export function expectStarted(result: RunnerResult): void {
  assert.equal(result.code, 0, `main ended with ${result.code ?? result.signal}\n${result.stdout}\n${result.stderr}`)
}

/** Credential that each host may see; a host that is not named may see no request at all. */
export type UpstreamCredentials = Readonly<Record<string, OfferedCredential>>

/**
 * Names that codex and Gemini CLI ask for beside the model (plugins, metrics, usage statistics), without a credential. None is
 * needed: here they do not exist, and the run succeeds.
 */
export const OUTSIDE = {
  codex: ['github.com', 'api.github.com', 'chatgpt.com', 'ab.chatgpt.com'],
  gemini: ['play.googleapis.com'],
} as const

export interface UpstreamExpectation {
  readonly credentials: UpstreamCredentials
  readonly outside?: readonly string[]
}

/**
 * Throws unless every request upstream carried exactly the credential of its host, no byte upstream held a placeholder, and
 * nothing in the namespace asked for the name of any other host.
 */
export function expectOnlyInjected(world: World, provider: FakeProvider, expected: UpstreamExpectation): void {
  for (const { host, method, target, credentials: offered } of provider.requests) {
    const only = expected.credentials[host]
    const where = `${method} https://${host}${target}`
    assert.ok(only !== undefined, `nobody should have asked ${where}`)
    assert.deepEqual(offered, [only], `${where} carried other credentials than the injected one`)
  }
  const hosts = new Set([...Object.keys(expected.credentials), ...(expected.outside ?? [])])
  const others = [...new Set(world.names.queries)].filter((name) => !hosts.has(name))
  assert.deepEqual(others, [], 'names were asked for that nobody needs')
}

/** Throws when any byte that reached the provider contains one of the run's placeholders. */
export function expectNoPlaceholder(job: Job, provider: FakeProvider): void {
  const placeholders = findPlaceholders(job)
  assert.ok(placeholders.length > 0, 'main exported no placeholder at all')
  const bytes = Buffer.concat(provider.connections.map((connection) => connection.bytes()))
  for (const placeholder of placeholders) assert.ok(!bytes.includes(placeholder), 'a placeholder reached the provider')
}

/** The per-run tokens among the exports. */
export function findPlaceholders(job: Job): readonly string[] {
  const values = Object.values(job.exports).join('\n')
  return [...new Set(values.match(/(?:ghs_|agentproxy-)[A-Za-z0-9]{36}/g) ?? [])]
}

export interface Refusal {
  /** What the error annotations must say. */
  readonly sentence: RegExp
  readonly runner?: Readonly<Record<string, string>>
}

/** Throws unless main fails within seconds, says so in an error annotation, exports nothing and leaves no process. */
export async function expectRefused(
  job: Job,
  inputs: Readonly<Record<string, string>>,
  { sentence, runner = {} }: Refusal,
): Promise<void> {
  const result = await job.start(inputs, runner)
  assert.equal(result.code, 1, `main ended with ${result.code ?? result.signal}\n${result.stdout}\n${result.stderr}`)
  const annotations = result.stdout.split('\n').filter((line) => line.startsWith('::error'))
  assert.match(annotations.join('\n'), sentence)
  assert.ok(result.ms < 20_000, `it took ${Math.round(result.ms)} ms`)
  assert.deepEqual(Object.keys(job.exports), [])
  assert.equal(findSidecar().supervisor, undefined, 'a sidecar was left behind')
  expectNoKeyShown(job)
}

/** Throws when anything a step printed or exported holds a key; the runner's own mask commands are what they are for. */
export function expectNoKeyShown(job: Job): void {
  const log = job.log().replace(/^::add-mask::.*$/gm, '')
  const exports = JSON.stringify([job.exports, job.outputs])
  for (const [name, key] of Object.entries(KEYS)) {
    assert.ok(!log.includes(key), `the ${name} key stands in the log`)
    assert.ok(!exports.includes(key), `the ${name} key was exported`)
  }
}
