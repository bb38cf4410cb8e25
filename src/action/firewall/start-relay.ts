import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import type { RelayConfig, RelayPorts, RelayReply } from '../../core/egress-config.ts'
import { ActionError } from '../../core/fault.ts'
import { endProcess } from '../end-process.ts'
import { readStartTime } from '../process-status.ts'
import { FIREWALL_LOG, openNewFiles } from '../run-directory.ts'

export interface RelayRequest {
  readonly config: RelayConfig
  /** The node to run, execute-only where there is one. */
  readonly node: string
  /** The bundles of the relay and of what keeps it alive. */
  readonly relayPath: string
  readonly keeperPath: string
  readonly logDirectory: string
  readonly environment: Readonly<Record<string, string>>
  readonly cancelled: AbortSignal
}

export interface RunningRelay {
  readonly ports: RelayPorts
  readonly pid: number
  readonly startTime: string | null
  readonly logPath: string
}

const RELAY_LOG = 'relay.log'
const TIMEOUT_MS = 15_000

/**
 * Starts the relay with its keeper as this step's own user, for the levels without a root half: the keeper writes the firewall log and
 * ends with the job, the relay ends with its keeper. Throws an ActionError when it does not come up; nothing is left then.
 */
export async function startRelay(request: RelayRequest): Promise<RunningRelay> {
  const { child, failure } = await spawnRelay(request).catch((error: unknown) => Promise.reject(createFailure(error)))
  try {
    const signal = AbortSignal.any([AbortSignal.timeout(TIMEOUT_MS), request.cancelled])
    const stop = once(signal, 'abort').then(() => Promise.reject(signal.reason))
    stop.catch(() => undefined)
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(JSON.stringify(request.config))
    const ports = await Promise.race([readPorts(child.stdio[3] as Readable), failure, stop])
    child.stdio[3]?.destroy()
    child.unref()
    const pid = child.pid ?? 0
    return { ports, pid, startTime: readStartTime(pid), logPath: join(request.logDirectory, FIREWALL_LOG) }
  } catch (error) {
    await endProcess(child)
    throw createFailure(error)
  }
}

interface SpawnedRelay {
  readonly child: ChildProcess
  /** Rejects when the program could not be run. */
  readonly failure: Promise<never>
}

async function spawnRelay({
  node,
  relayPath,
  keeperPath,
  logDirectory,
  environment,
}: RelayRequest): Promise<SpawnedRelay> {
  const [log, own] = await openNewFiles(logDirectory, FIREWALL_LOG, RELAY_LOG)
  try {
    const child = spawn(node, ['--disable-sigusr1', keeperPath, relayPath], {
      detached: true,
      windowsHide: true,
      cwd: logDirectory,
      env: { ...environment },
      stdio: ['pipe', own.fd, own.fd, 'pipe', log.fd],
    })
    // At once: node says it before the files are closed, and with nobody listening it would end this process.
    const failure = new Promise<never>((_resolve, reject) => child.once('error', reject))
    failure.catch(() => undefined)
    return { child, failure }
  } finally {
    await Promise.all([log.close(), own.close()])
  }
}

async function readPorts(channel: Readable): Promise<RelayPorts> {
  for await (const line of createInterface({ input: channel })) {
    const reply = JSON.parse(line) as RelayReply
    if (reply.kind === 'ready') return reply.ports
    if (reply.kind === 'failed') throw new Error(reply.reason)
  }
  throw new Error('It ended without a word.')
}

function createFailure(error: unknown): ActionError {
  const reason = error instanceof Error ? error.message : String(error)
  return new ActionError([
    {
      code: 'firewall-start',
      title: 'The relay of the firewall did not start',
      message: `The relay gave no word that it listens: ${reason}`,
      fix: 'Run the job again with debug logging; if it stays, report the log.',
    },
  ])
}
