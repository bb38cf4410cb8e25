import { spawn } from 'node:child_process'
import { appendFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

/**
 * Room: loopback. The fake provider as a workflow step: starts it in the background and leaves its addresses and made-up keys
 * as step outputs. The runner ends it with the job.
 */
export interface FakeFacts {
  readonly keys: Readonly<Record<'copilot' | 'openai' | 'anthropic' | 'dead', string>>
  readonly proxyUrl: string
  readonly ca: string
  /** Plain HTTP; tells what the upstreams saw. */
  readonly seenUrl: string
}

const child = spawn(process.execPath, [path.join(import.meta.dirname, 'serve.ts')], {
  detached: true,
  windowsHide: true,
  stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
})
const facts = await new Promise<FakeFacts>((resolve, reject) => {
  child.on('message', (message) => resolve(message as FakeFacts))
  child.on('exit', (code) => reject(new Error(`The fake provider ended with ${code}`)))
})
const caFile = path.join(process.env.RUNNER_TEMP ?? tmpdir(), 'fake-ca.pem')
writeFileSync(caFile, facts.ca)
const outputs = {
  'copilot-key': facts.keys.copilot,
  'openai-key': facts.keys.openai,
  'anthropic-key': facts.keys.anthropic,
  'dead-key': facts.keys.dead,
  'proxy-url': facts.proxyUrl,
  'ca-file': caFile,
  'seen-url': facts.seenUrl,
}
const text = Object.entries(outputs).map(([name, value]) => `${name}=${value}\n`)
if (process.env.GITHUB_OUTPUT) appendFileSync(process.env.GITHUB_OUTPUT, text.join(''))
console.log(`fake provider behind ${facts.proxyUrl}, pid ${child.pid}`)
child.disconnect()
child.unref()
