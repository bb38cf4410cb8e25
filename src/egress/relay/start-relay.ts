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

export interface StartedRelay extends Relay {
  /**
   * Resolves when the keeper or guard at the other end of the replies is gone: a relay without one has no log, ends with no job, and
   * still holds the password of the corporate proxy. Never where the replies go into a pipe or a file, which say nothing of a reader.
   */
  readonly left: Promise<void>
}

/**
 * Starts the relay from its one message. What goes wrong is said in a `failed` reply, without anything of the message: the
 * corporate proxy's URL may hold a password.
 * @returns undefined when it could not be started
 */
export async function startRelay(message: string): Promise<StartedRelay | undefined> {
  const stream = openReplyStream()
  const replies = createReplyChannel(stream)
  const left = waitUntilLeft(stream)
  try {
    const config = parseConfig(message)
    const relay = await runRelay(config, {
      policy: createRelayPolicy(config.policy),
      replies,
      limits: { firstBytesMs: FIRST_BYTES_MS, idleRequestMs: IDLE_REQUEST_MS, mostClients: readMostClients() },
    })
    return { close: () => relay.close(), left }
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

function waitUntilLeft(stream: Socket | Writable): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  if (stream instanceof Socket && stream.readable) {
    // Its end is seen only by who reads it.
    stream.resume()
    stream.once('close', () => resolve())
  }
  return promise
}

// A pipe is written without ever waiting for its reader; anything else (a file) through the thread pool. Where it is a socket,
// as Node's own pipes to children are, something may come back.
function openReplyStream(): Socket | Writable {
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
