import { createWriteStream, fstatSync, readFileSync } from 'node:fs'
import { Socket } from 'node:net'
import type { Writable } from 'node:stream'
import type { RelayConfig } from '../../core/egress-config.ts'
import { createRelayPolicy } from './create-relay-policy.ts'
import { deriveMostClients } from './descriptor-limit.ts'
import { readErrorCode } from './dial-error.ts'
import { createReplyChannel } from './reply-channel.ts'
import { type Relay, runRelay } from './run-relay.ts'

const REPLY_FD = 3
const FIRST_BYTES_MS = 30_000
const IDLE_REQUEST_MS = 60_000

/**
 * Starts the relay from its one message. What goes wrong is said in a `failed` reply, without anything of the message: the
 * corporate proxy's URL may hold a password.
 * @returns undefined when it could not be started
 */
export async function startRelay(message: string): Promise<Relay | undefined> {
  const replies = createReplyChannel(openReplyStream())
  try {
    const config = parseConfig(message)
    return await runRelay(config, {
      policy: createRelayPolicy(config.policy),
      replies,
      limits: { firstBytesMs: FIRST_BYTES_MS, idleRequestMs: IDLE_REQUEST_MS, mostClients: readMostClients() },
    })
  } catch (error) {
    replies.send({ kind: 'failed', reason: describe(error) })
    await replies.close()
    return undefined
  }
}

function parseConfig(message: string): RelayConfig {
  const value: unknown = JSON.parse(message)
  const version = typeof value === 'object' && value !== null && 'version' in value ? value.version : undefined
  if (version !== 1) throw new TypeError('unknown version')
  return value as RelayConfig
}

function describe(error: unknown): string {
  const code = readErrorCode(error)
  if (code !== undefined) return `The relay could not listen (${code})`
  return 'The relay could not read its configuration: one JSON object with version 1 is needed on stdin'
}

// A pipe is written without ever waiting for its reader; anything else (a file) through the thread pool. Where it is a socket,
// as Node's own pipes to children are, something may come back.
function openReplyStream(): Writable {
  const fd = hasDescriptor(REPLY_FD) ? REPLY_FD : 1
  try {
    return new Socket({ fd, readable: fstatSync(fd).isSocket(), writable: true })
  } catch {
    return createWriteStream('', { fd })
  }
}

function hasDescriptor(fd: number): boolean {
  try {
    return fstatSync(fd).isFIFO() || fstatSync(fd).isSocket() || fstatSync(fd).isFile()
  } catch {
    return false
  }
}

function readMostClients(): number {
  try {
    return deriveMostClients(readFileSync('/proc/self/limits', 'latin1'))
  } catch {
    return deriveMostClients('')
  }
}
