import { type ChildProcess, type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { describe, expect, test } from '@jest/globals'
import type { AgentExecConfig, WrapTools } from '../../../../src/core/wrapper/agent-exec-config.ts'
import { renderAgentExec } from '../../../../src/core/wrapper/render-agent-exec.ts'
import { sharedAuthority } from '../../../fakes/certificate.ts'
import { type StandInRelay, startStandInRelay } from './stand-in-relay.ts'

const ROOT = join(import.meta.dirname, '..', '..', '..', '..')
const ENTRIES = join(ROOT, 'src', 'entry')
const isRoot = process.getuid?.() === 0

/** An ordinary user without an account when the tests run as root, else the user of the tests. */
export const USER = {
  uid: isRoot ? 12_345 : (process.getuid?.() ?? -1),
  gid: isRoot ? 12_345 : (process.getgid?.() ?? -1),
}
export const asUser = isRoot ? USER : {}

/** Why nothing can be wrapped here; undefined where it can. */
export function findObstacle(): string | undefined {
  if (process.platform !== 'linux') return 'wrapping needs Linux'
  const missing = ['unshare', 'bwrap', 'nft', 'ip', 'setpriv'].filter((name) => findTool(name) === undefined)
  if (missing.length > 0) return `missing programs: ${missing.join(', ')}`
  const trial = spawnSync(findTool('unshare') ?? '', ['-Urn', 'true'], { ...asUser, encoding: 'utf8' })
  return trial.status === 0 ? undefined : `no user namespaces for ordinary users: ${trial.stderr.trim()}`
}

function findTool(name: string): string | undefined {
  const found = ['/usr/bin', '/bin', '/usr/sbin', '/sbin'].map((directory) => join(directory, name))
  return found.find((path) => spawnSync('test', ['-x', path]).status === 0)
}

export function findWrapTools(method: WrapTools['method']): WrapTools {
  const tool = (name: string): string => findTool(name) ?? name
  const shared = { nft: tool('nft'), ip: tool('ip'), env: tool('env') }
  if (method === 'bwrap') return { method, bwrap: tool('bwrap'), ...shared }
  const names = { unshare: tool('unshare'), setpriv: tool('setpriv'), mount: tool('mount'), shell: tool('bash') }
  return { method, ...names, ...shared }
}

export interface WrappedRun {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface WrappedJob extends AsyncDisposable {
  readonly directory: string
  /** Of the relay's socket: the command must not see it. */
  readonly relayDirectory: string
  readonly launcher: string
  readonly relay: StandInRelay
  /** In a process group of its own. */
  readonly start: (
    command: readonly string[],
    environment?: Readonly<Record<string, string>>,
  ) => ChildProcessByStdio<Writable, Readable, Readable>
  readonly run: (
    command: readonly string[],
    options?: { readonly input?: string; readonly environment?: Readonly<Record<string, string>> },
  ) => Promise<WrappedRun>
}

export interface JobOptions {
  readonly method: WrapTools['method']
  readonly config?: Partial<AgentExecConfig>
}

export const PATH = '/usr/bin:/bin:/usr/sbin:/sbin'
export const FORWARDED_PORT = 10_001
export const PROXY_PORT = 3128

/** What main does for a wrapped job, with a relay that only records: a run directory, the configuration and the launcher. */
export async function createWrappedJob({ method, config }: JobOptions): Promise<WrappedJob> {
  const directory = mkdtempSync(join(tmpdir(), 'agent-exec-'))
  const relayDirectory = join(directory, 'relay')
  mkdirSync(relayDirectory)
  for (const place of [directory, relayDirectory]) chownSync(place, USER.uid, USER.gid)
  const relaySocket = join(relayDirectory, 'relay.sock')
  const relay = await startStandInRelay(relaySocket, sharedAuthority().issue(['example.com', '*.example.com']))
  const configPath = join(directory, 'agent-exec.json')
  writeFileSync(configPath, JSON.stringify({ ...DEFAULTS, tools: findWrapTools(method), relaySocket, ...config }))
  const launcher = join(directory, 'agent-exec')
  const bundle = join(ENTRIES, 'agent-exec.ts')
  writeFileSync(launcher, renderAgentExec({ node: process.execPath, bundle, config: configPath }))
  chmodSync(launcher, 0o755)
  writeFileSync(join(directory, 'ca.pem'), sharedAuthority().ca)
  const started: ChildProcess[] = []
  const start: WrappedJob['start'] = (command, environment) => {
    const child = spawn(launcher, ['--', ...command], {
      ...asUser,
      cwd: directory,
      env: { PATH, HOME: directory, ...environment },
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
    })
    started.push(child)
    return child
  }
  return {
    ...{ directory, relayDirectory, launcher, relay, start },
    async run(command, { input = '', environment } = {}) {
      const child = start(command, environment)
      child.stdin.on('error', () => undefined)
      child.stdin.end(input)
      const [stdout, stderr, [code]] = await Promise.all([
        text(child.stdout),
        text(child.stderr),
        once(child, 'exit') as Promise<[number | null]>,
      ])
      return { code, stdout, stderr }
    },
    async [Symbol.asyncDispose]() {
      for (const child of started) if (child.exitCode === null) child.kill('SIGKILL')
      await relay[Symbol.asyncDispose]()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

const DEFAULTS: Omit<AgentExecConfig, 'tools' | 'relaySocket'> = {
  version: 1,
  node: process.execPath,
  bridge: join(ENTRIES, 'bridge.ts'),
  forwardedPorts: [FORWARDED_PORT],
  proxyPort: PROXY_PORT,
  hiddenPaths: [],
  readOnlyPaths: [],
}

/** Both ways of setting apart. */
export const METHODS = ['bwrap', 'unshare'] as const

/** A suite for machines that can wrap. Under CI as root a machine that cannot is a failure, never a silent skip. */
export function describeWrapped(title: string, run: (method: WrapTools['method']) => void): void {
  const obstacle = findObstacle()
  if (obstacle === undefined) {
    describe.each(METHODS)(`${title}, %s`, run)
    return
  }
  const mustRun = process.env.CI === 'true' && isRoot
  if (mustRun) test(`${title}: can run here`, () => expect(obstacle).toBeUndefined())
  else test.skip(`${title}: ${obstacle}`, () => undefined)
}

/** Resolves with what was written once it contains `wanted`, or with all of it at the end. */
export async function waitForOutput(stream: Readable, wanted: string): Promise<string> {
  let seen = ''
  for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
    seen += String(chunk)
    if (seen.includes(wanted)) break
  }
  return seen
}
