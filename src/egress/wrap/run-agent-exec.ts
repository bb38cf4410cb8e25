import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import type { Duplex } from 'node:stream'
import { deriveProxyVariables } from '../../core/proxy-variables.ts'
import {
  type AgentExecConfig,
  type BridgeLaunch,
  type BridgeReply,
  WRAP_FAILED,
} from '../../core/wrapper/agent-exec-config.ts'
import { renderOuter } from '../../core/wrapper/render-wrapping.ts'
import { deriveExitCode } from './start-command.ts'

const USAGE = 'Usage: agent-exec -- command [arguments]: runs a command behind the egress firewall of this job.'
const CHANNEL_FD = 3

export interface AgentExecPorts {
  /** Behind node and script: the path of the configuration, then what the user wrote. */
  readonly arguments: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  readonly cwd: string
  readonly uid: number
  readonly gid: number
  /** A terminal sends its signals to the command itself. */
  readonly hasTerminal: boolean
  readonly warn: (text: string) => void
  /** Calls back for every signal of these names. */
  readonly onSignals: (names: readonly string[], run: (name: string) => void) => void
}

/**
 * The starter of the wrapped level: runs a command that reaches the network through the relay only. It never runs the command
 * in any other way.
 * @returns the command's exit code, or 125 when it could not be set apart
 */
export async function runAgentExec(ports: AgentExecPorts): Promise<number> {
  const [configPath = '', ...written] = ports.arguments
  const command = parseCommand(written)
  if (command === undefined) return fail(ports, USAGE)
  const config = readConfig(configPath)
  if (typeof config === 'string') return fail(ports, `agent-exec: ${config}`)
  if (!existsSync(config.relaySocket)) return fail(ports, `agent-exec: ${NO_RELAY}`)
  const { cwd, uid, gid } = ports
  const environment = { ...ports.environment, ...deriveInsideProxy(config, ports.environment) }
  return runWrapped({ config, command, environment, cwd, uid, gid }, ports)
}

const NO_RELAY =
  "the firewall's relay is not there: it has ended with its job, or this already runs inside agent-exec, where no second one is needed."

/** A proxy that the job names is out of reach inside; the relay's is not, and chains to it. Without one, redirects are enough. */
function deriveInsideProxy(
  { proxyPort }: AgentExecConfig,
  environment: AgentExecPorts['environment'],
): Record<string, string> {
  return proxyPort === null ? {} : deriveProxyVariables('wrapped', `http://127.0.0.1:${proxyPort}`, environment)
}

function fail(ports: AgentExecPorts, text: string): number {
  ports.warn(text)
  return WRAP_FAILED
}

/** Everything behind `--`; without it the command itself, which then cannot begin with a hyphen. */
function parseCommand(written: readonly string[]): readonly string[] | undefined {
  const command = written[0] === '--' ? written.slice(1) : written
  const [program] = command
  if (program === undefined || program === '' || (written[0] !== '--' && program.startsWith('-'))) return undefined
  return command
}

function readConfig(path: string): AgentExecConfig | string {
  try {
    const config = JSON.parse(readFileSync(path, 'utf8')) as AgentExecConfig
    return config.version === 1 ? config : 'its configuration is of another version of the action.'
  } catch (error) {
    return `its configuration cannot be read: ${(error as Error).message}. Has the action run in this job?`
  }
}

async function runWrapped(launch: BridgeLaunch, ports: AgentExecPorts): Promise<number> {
  const { config } = launch
  const bridge = [config.node, '--disable-sigusr1', config.bridge]
  const [program = '', ...rest] = renderOuter(config.tools, bridge)
  // Nothing of the user's environment acts on the bridge: a preloaded library or node's own options would run with its rights.
  const child = spawn(program, rest, { env: {}, stdio: ['inherit', 'inherit', 'inherit', 'pipe'] })
  const channel = child.stdio[CHANNEL_FD] as Duplex | null
  if (channel === null) return fail(ports, 'agent-exec: no channel to its bridge could be opened.')
  const ended = waitForEnd(child)
  const replied = readReply(channel)
  channel.write(`${JSON.stringify(launch)}\n`)
  ports.onSignals(listForwarded(ports.hasTerminal), (signal) => channel.write(`${JSON.stringify({ signal })}\n`))
  const [end, reply] = await Promise.all([ended, replied])
  if (reply?.kind === 'exited') return reply.code
  if (reply?.kind === 'failed') return fail(ports, `agent-exec: ${reply.reason}`)
  ports.warn(describeLoss(end))
  return typeof end === 'number' && end !== 0 ? end : WRAP_FAILED
}

function listForwarded(hasTerminal: boolean): readonly string[] {
  const always = ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2']
  return hasTerminal ? always : [...always, 'SIGINT', 'SIGQUIT']
}

function describeLoss(end: number | Error): string {
  const how = typeof end === 'number' ? `exit code ${end}` : end.message
  return (
    `agent-exec: the bridge to the network ended (${how}), and the command with it: ` +
    'without the bridge nothing can pass. If it did not start at all, the lines above say why.'
  )
}

function waitForEnd(child: ChildProcess): Promise<number | Error> {
  const { promise, resolve } = Promise.withResolvers<number | Error>()
  child.once('error', resolve)
  child.once('exit', (code, signal) => resolve(deriveExitCode(code, signal)))
  return promise
}

/** The bridge's one line; undefined when it ended without one. */
function readReply(channel: Duplex): Promise<BridgeReply | undefined> {
  const { promise, resolve } = Promise.withResolvers<BridgeReply | undefined>()
  let seen = ''
  channel.setEncoding('utf8')
  channel.on('data', (text: string) => {
    seen += text
  })
  channel.once('error', () => undefined) // It has gone; what it said before is all there is.
  channel.once('close', () => resolve(seen.endsWith('\n') ? (JSON.parse(seen) as BridgeReply) : undefined))
  return promise
}
