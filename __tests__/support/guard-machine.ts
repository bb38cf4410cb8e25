import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { GuardConfig, GuardReply } from '../../src/core/egress-config.ts'
import type { EgressLogEvent } from '../../src/core/egress-event.ts'
import { DIST } from './bundles.ts'
import { keepReaping } from './keep-reaping.ts'
import { waitUntil } from './wait-until.ts'

export const RUNNER = 1001
export const RELAY_UID = 1_900_000_001
export const SIDECAR_UID = 1_900_000_002
/** Group whose socket is that of a container engine. */
export const ENGINE_GROUP = 4242
export const BASE = '/var/lib/setup-agent-proxy'

const NAMESPACES = ['--mount', '--net', '--pid', '--ipc', '--fork', '--mount-proc', '--kill-child']

/** Why these tests cannot run here; undefined when they can. In CI as root that is a failure of the set-up, not a reason to skip. */
export function findObstacle(): string | undefined {
  if (process.platform !== 'linux') return 'namespaces exist only on Linux'
  if (process.getuid?.() !== 0) return 'making namespaces and accounts of their own needs root'
  const missing = ['unshare', 'nsenter', 'setpriv', 'nft', 'ip', 'sudo', 'visudo'].filter(
    (name) => spawnSync('sh', ['-c', `command -v ${name}`]).status !== 0,
  )
  return missing.length === 0 ? undefined : `${missing.join(', ')} not installed`
}

export interface Outcome {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A machine in namespaces of its own, with a runner who may use sudo. Ended with everything that runs in it. */
export class GuardMachine implements AsyncDisposable {
  readonly #holder: ChildProcess
  readonly #bundles: string
  #init = 0

  private constructor(holder: ChildProcess, bundles: string) {
    this.#holder = holder
    this.#bundles = bundles
  }

  /** @param relay `scripted` refuses whatever comes; `shipped` is the product's. */
  static async create(relay: 'scripted' | 'shipped' = 'scripted'): Promise<GuardMachine> {
    // Not below /tmp, which the machine has its own of.
    const bundles = mkdtempSync(join(process.env.AGENT_PROXY_TEST_TMP ?? '/var/tmp', 'guard-machine-'))
    for (const name of readdirSync(DIST)) cpSync(join(DIST, name), join(bundles, name), { recursive: true })
    if (relay === 'scripted') {
      rmSync(join(bundles, 'relay'), { recursive: true, force: true })
      mkdirSync(join(bundles, 'relay'))
      writeFileSync(join(bundles, 'relay', 'package.json'), '{"type":"module"}')
      cpSync(join(import.meta.dirname, 'scripted-relay.mjs'), join(bundles, 'relay', 'index.js'))
    }
    const script = join(import.meta.dirname, 'guard-machine.sh')
    const holder = spawn('unshare', [...NAMESPACES, 'bash', script], { stdio: ['ignore', 'pipe', 'inherit'], cwd: '/' })
    const machine = new GuardMachine(holder, bundles)
    await once(createInterface({ input: holder.stdout as NonNullable<typeof holder.stdout> }), 'line')
    const children = readFileSync(`/proc/${holder.pid}/task/${holder.pid}/children`, 'utf8')
    machine.#init = Number(children.trim())
    return machine
  }

  get bundles(): string {
    return this.#bundles
  }

  #enter(command: readonly string[]): readonly string[] {
    return ['--target', String(this.#init), '--mount', '--net', '--pid', '--ipc', '--', ...command]
  }

  start(command: readonly string[]): ChildProcess {
    const child = spawn('nsenter', this.#enter(command), {
      stdio: ['pipe', 'pipe', 'inherit'],
      cwd: '/',
      env: { PATH: process.env.PATH },
    })
    keepReaping(child)
    return child
  }

  /** Runs a shell line as root and waits for it. */
  sh(line: string): Outcome {
    const { status, stdout, stderr } = spawnSync('nsenter', this.#enter(['sh', '-c', line]), {
      encoding: 'utf8',
      cwd: '/',
    })
    return { status, stdout, stderr }
  }

  /** The same as the runner's user, with the groups of its account. */
  asRunner(line: string): Outcome {
    const quoted = line.replaceAll("'", "'\\''")
    return this.sh(`setpriv --reuid ${RUNNER} --regid ${RUNNER} --init-groups sh -c '${quoted}'`)
  }

  /** A process of the runner's that stands for the job. Its pid is the one inside. */
  async startJob(): Promise<Job> {
    const words = [
      'setpriv',
      `--reuid=${RUNNER}`,
      `--regid=${RUNNER}`,
      '--init-groups',
      'sh',
      '-c',
      'echo $$; exec sleep 600',
    ]
    const child = this.start(words)
    const [line] = await once(createInterface({ input: child.stdout as NonNullable<typeof child.stdout> }), 'line')
    return { pid: Number(line), end: () => void this.sh(`kill -9 ${line}`) }
  }

  /** @param prefix goes before the command: who starts it, and how. */
  async startGuard(changes: GuardChanges, prefix: readonly string[] = []): Promise<GuardRun> {
    const config = this.configure(changes)
    const child = this.start([...prefix, process.execPath, join(this.#bundles, 'guard', 'index.js')])
    const replies: GuardReply[] = []
    const lines = createInterface({ input: child.stdout as NonNullable<typeof child.stdout> })
    lines.on('line', (line) => replies.push(JSON.parse(line)))
    child.stdin?.write(`${JSON.stringify(config)}\n`)
    const last = waitUntil('the guard says its last word', () => {
      const found = replies.find((reply) => reply.kind === 'ready' || reply.kind === 'failed')
      if (found === undefined && (child.exitCode ?? child.signalCode) !== null)
        throw new Error('The guard said nothing')
      return found
    })
    // A test may end the machine without waiting for it.
    last.catch(() => undefined)
    return { config, child, replies, last }
  }

  configure({ job, ...changes }: GuardChanges): GuardConfig {
    const runId = `test-${Math.random().toString(36).slice(2)}`
    return {
      version: 1,
      runId,
      runnerUid: RUNNER,
      runnerGid: RUNNER,
      runnerName: 'runner',
      relayUid: RELAY_UID,
      sidecarUid: SIDECAR_UID,
      watch: { pid: job.pid, startTime: null },
      relay: {
        version: 1,
        runId,
        policy: { mode: 'block', hosts: [], addresses: [], denied: [] },
        entrance: { kind: 'redirect' },
        nameservers: [],
        hosts: '',
        upstreamProxy: null,
      },
      privileges: { sudo: 'off', docker: 'off' },
      rootAddresses: [],
      directory: `${BASE}/${runId}`,
      bundles: {
        relay: join(this.#bundles, 'relay', 'index.js'),
        guard: join(this.#bundles, 'guard', 'index.js'),
        sidecar: join(this.#bundles, 'sidecar', 'index.js'),
        worker: join(this.#bundles, 'worker', 'index.js'),
        credentialProcess: join(this.#bundles, 'credential-process', 'index.js'),
      },
      node: process.execPath,
      sidecar: null,
      maxAgeMs: 600_000,
      ...changes,
    }
  }

  readLog(config: GuardConfig): EgressLogEvent[] {
    const text = this.sh(`cat ${config.directory}/logs/firewall.jsonl`).stdout
    return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as EgressLogEvent]))
  }

  /** Pids, as seen inside, of the processes of a user. */
  listProcesses(uid: number): readonly number[] {
    const { stdout } = this.sh(
      `for p in /proc/[0-9]*; do [ "$(stat -c %u $p)" = ${uid} ] && ! grep -q '^State:.Z' $p/status && echo \${p#/proc/}; done; true`,
    )
    return stdout.split('\n').filter(Boolean).map(Number)
  }

  /** Everything that a guard changes on a machine, to be compared before and after. */
  describeState(): Readonly<Record<string, string>> {
    return {
      rules: this.sh('nft list ruleset').stdout,
      routes: this.sh('ip -4 route show table all; ip -6 route show table all').stdout,
      mounts: this.sh("cut -d' ' -f4-6 /proc/self/mountinfo").stdout,
      sudoers: this.sh('ls -l --time-style=+ /etc/sudoers.d').stdout,
      sockets: this.sh("find /run /tmp -type s -printf '%p %U:%G %m\\n' | sort").stdout,
      places: this.sh('ls -ld --time-style=+ /usr/local/bin /snap/bin 2>&1').stdout,
      processes: [RELAY_UID, SIDECAR_UID].map((uid) => this.listProcesses(uid).join()).join(';'),
      sudo: String(this.asRunner('sudo -n true').status),
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#holder.kill('SIGKILL')
    if (this.#holder.exitCode === null && this.#holder.signalCode === null) await once(this.#holder, 'exit')
    rmSync(this.#bundles, { recursive: true, force: true })
  }
}

export type GuardChanges = Partial<GuardConfig> & { readonly job: { readonly pid: number } }

export interface Job {
  readonly pid: number
  readonly end: () => void
}

export interface GuardRun {
  readonly config: GuardConfig
  readonly child: ChildProcess
  readonly replies: readonly GuardReply[]
  /** `ready` or `failed`. */
  readonly last: Promise<GuardReply>
}
