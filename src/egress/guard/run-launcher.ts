import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, openSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import type { GuardConfig, GuardReply } from '../../core/egress-config.ts'
import { checkHost, checkTools, readHostFacts } from './check-host.ts'
import { baseOf, cleanLeftovers } from './clean-leftovers.ts'
import { copyBundles, copyNode, programPath } from './copy-programs.ts'
import { describeFailure, GuardFailure } from './guard-failure.ts'
import { lockPath, takeLock } from './guard-lock.ts'
import { readStartTime } from './process-identity.ts'
import { readLines } from './read-lines.ts'
import { assertTrustedWay, createTrustedDirectory } from './trusted-directory.ts'

export interface LauncherEffects {
  /** The config is its first line; it may end at any time. */
  readonly stdin: Readable
  readonly reply: (reply: GuardReply) => void
  readonly platform: string
  /** uid of this process. */
  readonly uid: number
}

/** The only variables of the guard. Never NODE_OPTIONS, LD_*, nor anything that the runner's user has chosen. */
const ENVIRONMENT = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' } as const
const CANCEL = 'cancel'

/**
 * First stage: runs from files that the runner's user can write, so it only copies what will be needed to where that user cannot, and
 * starts the guard from there. It stays until the guard is ready or has failed, and hands on what it says. @returns the exit code.
 */
export async function runLauncher(effects: LauncherEffects): Promise<number> {
  process.umask(0o022)
  const input = createInput(effects.stdin)
  try {
    const config = parseConfig(await input.config)
    const fault = checkHost(config, readHostFacts(effects.platform, effects.uid))
    if (fault !== undefined) throw new GuardFailure(fault)
    await checkTools(config)
    return await launch(config, input, effects.reply)
  } catch (error) {
    effects.reply({ kind: 'failed', reason: describeFailure(error) })
    return 1
  }
}

async function launch(config: GuardConfig, input: Input, reply: LauncherEffects['reply']): Promise<number> {
  const base = baseOf(config.directory)
  if (existsSync(base)) assertTrustedWay(base)
  else createTrustedDirectory(base)
  takeLock(base)
  try {
    await cleanLeftovers(base)
    const child = start(config, base)
    child.stdin?.on('error', () => undefined)
    child.stdin?.write(`${JSON.stringify(config)}\n`)
    input.onCancel(() => void child.stdin?.write(`${CANCEL}\n`))
    const last = await forward(child, reply)
    if (last === 'ready') return 0
    if (last === undefined) throw new GuardFailure('The guard ended before it was ready.')
    return 1
  } catch (error) {
    await cleanLeftovers(base)
    rmSync(lockPath(base), { force: true })
    throw error
  }
}

function start(config: GuardConfig, base: string): ChildProcess {
  const { directory } = config
  createTrustedDirectory(directory)
  const node = copyNode(config.node, base)
  copyBundles(config)
  mkdirSync(join(directory, 'logs'), { mode: 0o755 })
  const log = openSync(join(directory, 'logs', 'guard.log'), 'ax', 0o644)
  try {
    return spawn(node, ['--disable-sigusr1', programPath(directory, 'guard'), 'guard'], {
      cwd: '/',
      detached: true,
      env: ENVIRONMENT,
      stdio: ['pipe', 'pipe', log],
    })
  } finally {
    closeSync(log)
  }
}

/** Hands lines on until the last one. @returns its kind; undefined when there was none. Throws where programs may not run at all. */
function forward(child: ChildProcess, reply: LauncherEffects['reply']): Promise<'ready' | 'failed' | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<'ready' | 'failed' | undefined>()
  readLines(child.stdout as Readable, (line) => {
    const said = JSON.parse(line) as GuardReply
    reply(said)
    if (said.kind !== 'sidecar') resolve(said.kind)
  })
  child.on('error', ({ message }) => reject(new GuardFailure(`The copy of node could not be run (${message}).`)))
  child.on('close', () => resolve(undefined))
  return promise
}

interface Input {
  readonly config: Promise<string>
  readonly onCancel: (listener: () => void) => void
}

function createInput(stdin: Readable): Input {
  const { promise: config, resolve } = Promise.withResolvers<string>()
  const cancelled = new AbortController()
  let text = ''
  stdin.setEncoding('utf8')
  stdin.on('error', () => resolve(text))
  stdin.on('end', () => resolve(text))
  stdin.on('data', (more: string) => {
    text += more
    const [first = '', ...others] = text.split('\n')
    if (others.length > 0) resolve(first)
    if (others.includes(CANCEL)) cancelled.abort()
  })
  return {
    config,
    onCancel: (listener) => {
      if (cancelled.signal.aborted) listener()
      else cancelled.signal.addEventListener('abort', listener, { once: true })
    },
  }
}

/** It comes from our own action, over a pipe, before any agent runs: only its version can be wrong. */
function parseConfig(text: string): GuardConfig {
  let config: GuardConfig
  try {
    config = JSON.parse(text) as GuardConfig
  } catch (cause) {
    throw new GuardFailure('The config on standard input is no line of JSON.', cause)
  }
  if (config.version !== 1) throw new GuardFailure('The config is of another version of this action.')
  const startTime = config.watch.startTime ?? readStartTime(config.watch.pid)
  return { ...config, watch: { pid: config.watch.pid, startTime } }
}
