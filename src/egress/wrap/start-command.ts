import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:os'
import type { Writable } from 'node:stream'
import type { BridgeLaunch } from '../../core/wrapper/agent-exec-config.ts'
import { RESOLV_CONF, renderInner } from '../../core/wrapper/render-wrapping.ts'
import { deriveLayout } from './derive-layout.ts'
import { renderSeccompFilter } from './seccomp-filter.ts'

const SECCOMP_FD = 3
const RESOLV_CONF_FD = 4

export interface StartedCommand {
  /** The process that waits for the command and ends as it does. */
  readonly pid: number
  /** Exit code of the command, 128 + n when signal n ended it. */
  readonly ended: Promise<number>
}

/**
 * Starts the command apart: its own terminal and streams, the user's environment, nothing else of the bridge.
 * @throws Error when the first program of the chain cannot be started
 */
export async function startCommand(launch: BridgeLaunch): Promise<StartedCommand> {
  const layout = deriveLayout(launch)
  const { tools } = launch.config
  const filter = tools.method === 'bwrap' ? renderSeccompFilter(process.arch) : undefined
  const hasResolvConf = tools.method === 'bwrap' && layout.resolvConf !== null
  const fds = {
    seccompFd: filter === undefined ? null : SECCOMP_FD,
    resolvConfFd: hasResolvConf ? RESOLV_CONF_FD : null,
  }
  const [program = '', ...rest] = renderInner(tools, { ...layout, ...fds }, launch.command)
  const child = spawn(program, rest, {
    cwd: launch.cwd,
    env: launch.environment,
    stdio: ['inherit', 'inherit', 'inherit', filter ? 'pipe' : 'ignore', hasResolvConf ? 'pipe' : 'ignore'],
  })
  const ended = waitForEnd(child)
  await once(child, 'spawn')
  feed(child, SECCOMP_FD, filter ?? '')
  feed(child, RESOLV_CONF_FD, RESOLV_CONF)
  return { pid: child.pid ?? 0, ended }
}

async function waitForEnd(child: ChildProcess): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>()
  child.once('exit', (code, signal) => resolve(deriveExitCode(code, signal)))
  return promise
}

/** As a shell counts. */
export function deriveExitCode(code: number | null, signal: NodeJS.Signals | null): number {
  return code ?? 128 + (signal === null ? 0 : constants.signals[signal])
}

function feed(child: ChildProcess, fd: number, content: string | Buffer): void {
  const stream = child.stdio[fd] as Writable | null | undefined
  stream?.once('error', () => undefined) // The reader has gone: its exit code tells why.
  stream?.end(content)
}
