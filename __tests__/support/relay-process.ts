import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import type { RelayConfig, RelayPorts, RelayReply } from '../../src/core/egress-config.ts'
import { waitUntil } from './wait-until.ts'

export interface RelayProcess extends AsyncDisposable {
  readonly child: ChildProcess
  readonly ports: RelayPorts
  readonly replies: readonly RelayReply[]
}

const ENTRY = join(import.meta.dirname, '../../src/entry/relay.ts')

/** The relay as the guard starts it: configuration on stdin, replies on descriptor 3. */
export async function startRelayProcess(config: RelayConfig, shell = ''): Promise<RelayProcess> {
  const command = `${shell} exec "$0" "$1"`
  const child = spawn('/bin/sh', ['-c', command, process.execPath, ENTRY], {
    stdio: ['pipe', 'inherit', 'inherit', 'pipe'],
    env: {},
  })
  child.stdin?.end(JSON.stringify(config))
  const replies: RelayReply[] = []
  let rest = ''
  ;(child.stdio[3] as Readable).on('data', (bytes) => {
    const lines = (rest + String(bytes)).split('\n')
    rest = lines.pop() ?? ''
    replies.push(...lines.map((line) => JSON.parse(line) as RelayReply))
  })
  const first = await waitUntil('the relay replies', () => replies[0])
  if (first.kind !== 'ready') throw new Error(JSON.stringify(first))
  return {
    child,
    ports: first.ports,
    replies,
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGTERM')
      await once(child, 'close')
    },
  }
}
