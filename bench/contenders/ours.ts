import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { deriveRunTokens } from '../../src/core/run-token.ts'
import type { ProviderConfig, SidecarConfig, SidecarReply } from '../../src/core/sidecar-config.ts'
import { deriveDotcom } from '../../src/core/topology/endpoints.ts'
import { parseUpstream } from '../../src/core/upstream.ts'
import { CONTENDER_CORE, keep, stopProgram } from '../machine/children.ts'
import { listTree } from '../machine/processes.ts'
import { REAL_CREDENTIAL, UPSTREAM_HOST } from '../wire-facts.ts'
import type { Contender, UpstreamPlace } from './contender.ts'

/** Directory of the committed build. */
export const OWN_BUILD = join(import.meta.dirname, '..', '..', 'dist')

const CORE = `${'A1b2C3d4'.repeat(4)}E5f6`

export interface Sidecar extends Contender {
  /** Milliseconds from spawn to the `ready` message. */
  readonly readyMs: number
}

/**
 * The built product as the action starts it: supervisor and worker, injection, client authentication, access log and metering
 * on. `openai` leads to the TLS port, `byok` to the plain one. Probes are off, because the fake answers none.
 */
export async function createOurs(upstream: UpstreamPlace, directory: string, build = OWN_BUILD): Promise<Sidecar> {
  const logs = ['access.jsonl', 'sidecar.log'].map((name) => openSync(join(directory, name), 'w'))
  const [accessLog = 0, sidecarLog = 0] = logs
  const start = performance.now()
  const child = keep(
    spawn('taskset', ['-c', String(CONTENDER_CORE), process.execPath, ...renderArguments(build)], {
      stdio: ['pipe', sidecarLog, sidecarLog, 'pipe', accessLog],
      env: {},
    }),
  )
  for (const descriptor of logs) closeSync(descriptor)
  child.stdin?.end(JSON.stringify({ config: renderConfig(upstream), secrets: renderSecrets() }))
  const ready = await waitUntilReady(child)
  const authorization = `Bearer ${deriveRunTokens(CORE).other}`
  return {
    name: build === OWN_BUILD ? 'ours' : 'other build',
    readyMs: performance.now() - start,
    plain: { port: ready.ports.byok ?? 0, tls: false, authorization },
    tls: { port: ready.ports.openai ?? 0, tls: false, authorization },
    pids: () => listTree(child.pid ?? 0),
    stop: () => stopProgram(child),
  }
}

function renderArguments(build: string): readonly string[] {
  const readable = `--allow-fs-read=${build}/*`
  return ['--disable-sigusr1', '--permission', '--allow-child-process', readable, join(build, 'sidecar', 'index.js')]
}

function renderSecrets(): Readonly<Record<string, string>> {
  return {
    'openai.key': REAL_CREDENTIAL,
    'byok.key': REAL_CREDENTIAL,
    'run-token': CORE,
    'control-token': randomBytes(24).toString('hex'),
  }
}

function renderConfig(upstream: UpstreamPlace): SidecarConfig {
  return {
    version: 1,
    runId: randomUUID(),
    listenAddress: '127.0.0.1',
    topology: deriveDotcom(),
    providers: [
      renderProvider('openai', `https://${UPSTREAM_HOST}:${upstream.tls}/v1`),
      renderProvider('byok', `http://${UPSTREAM_HOST}:${upstream.plain}/v1`),
    ],
    validate: 'off',
    clientAuth: 'token',
    runnerUid: null,
    noProxy: '',
    extraCa: [readFileSync(upstream.authorityFile, 'utf8')],
    streamIdleTimeoutMs: 600_000,
    limits: { maxRequests: null, maxTokens: null },
    logLevel: 'info',
    watch: null,
    maxAgeMs: 3_600_000,
  }
}

function renderProvider(id: 'openai' | 'byok', url: string): ProviderConfig {
  const parsed = parseUpstream(url)
  if (typeof parsed === 'string') throw new Error(`The bench made a bad upstream: ${parsed}`)
  return {
    id,
    dialect: 'openai',
    upstream: parsed,
    upstreamIsExplicit: true,
    routing: 'inject',
    credential: { kind: 'static' },
    extraHeaderNames: [],
    allowMcp: false,
  }
}

async function waitUntilReady(child: ChildProcess): Promise<SidecarReply & { kind: 'ready' }> {
  for await (const line of createInterface({ input: child.stdio[3] as Readable })) {
    const reply = JSON.parse(line) as SidecarReply
    if (reply.kind === 'failed') throw new Error(`The sidecar failed: ${reply.reason}`)
    if (reply.kind === 'ready') return reply
  }
  throw new Error('The sidecar ended before it was ready; see its sidecar.log')
}
