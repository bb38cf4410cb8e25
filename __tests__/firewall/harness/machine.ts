import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { keepReaping } from '../../support/keep-reaping.ts'
import { CONTAINER, JOB } from '../addresses.ts'

export const RUNNER = { uid: 1001, gid: 1001, groups: '1001,4001,4002', name: 'runner' } as const

/** What a program did. */
export interface Outcome {
  readonly code: number | null
  readonly output: string
}

export interface Running {
  readonly child: ChildProcess
  /** Resolves when the output contains this text; rejects when the program ends first. */
  readonly says: (text: string) => Promise<void>
  readonly outcome: Promise<Outcome>
  /** What it said so far, both outputs. */
  readonly output: () => string
}

export interface Identity {
  readonly user: 'runner' | 'root'
  readonly environment: Readonly<Record<string, string>>
}

/** The machine under attack: namespaces, accounts, daemons, a service container. Everything in it ends with it. */
export interface Machine {
  /** Process id of its first process, seen from here: what nsenter wants. */
  readonly pid: number
  /** Runs a program in it, as the runner's user with the groups of a hosted runner. */
  readonly start: (command: readonly string[], identity: Identity) => Running
  /** Runs a bash line in it as root. */
  readonly root: (line: string) => Promise<Outcome>
  readonly close: () => Promise<void>
}

const PATHS = '/mnt/stage/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
const NAMESPACES = ['--net', '--mount', '--pid', '--ipc', '--uts']

export async function createMachine(stage: string): Promise<Machine> {
  const setup = path.join(import.meta.dirname, '..', 'job', 'setup.sh')
  const unshare = [...NAMESPACES, '--fork', '--kill-child', '--mount-proc', 'bash', setup, stage, process.execPath]
  const holder = spawn('unshare', unshare, { stdio: ['pipe', 'pipe', 'inherit'] })
  await sayOrEnd(holder, '1\n')
  const pid = Number(readFileSync(`/proc/${holder.pid}/task/${holder.pid}/children`, 'utf8').trim())
  const start = (command: readonly string[], identity: Identity): Running => run(pid, command, identity)
  return {
    pid,
    start,
    root: (line) => start(['bash', '-c', line], { user: 'root', environment: {} }).outcome,
    close: async () => {
      const ended = once(holder, 'exit')
      holder.stdin.end()
      await ended
    },
  }
}

async function sayOrEnd(child: ChildProcessByStdio<Writable, Readable, null>, text: string): Promise<void> {
  let said = ''
  for await (const chunk of child.stdout.iterator({ destroyOnReturn: false })) {
    said += String(chunk)
    if (said.includes(text)) return
  }
  throw new Error(`The machine could not be made; it said: ${said}`)
}

const BECOME_RUNNER = [
  'setpriv',
  `--reuid=${RUNNER.uid}`,
  `--regid=${RUNNER.gid}`,
  `--groups=${RUNNER.groups}`,
  '--inh-caps=-all',
]

function run(pid: number, command: readonly string[], { user, environment }: Identity): Running {
  const home = user === 'root' ? '/root' : '/home/runner'
  const variables = { PATH: PATHS, HOME: home, USER: user, LANG: 'C.UTF-8', ...environment }
  const settings = Object.entries(variables).map(([name, value]) => `${name}=${value}`)
  const args = ['-t', String(pid), '-n', '-m', '-p', '-i', '-u', ...(user === 'runner' ? BECOME_RUNNER : [])]
  const child = spawn('nsenter', [...args, 'env', '-i', ...settings, ...command], { stdio: ['pipe', 'pipe', 'pipe'] })
  keepReaping(child)
  return follow(child)
}

/** Collects what a child says on both of its outputs. */
export function follow(child: ChildProcess): Running {
  let output = ''
  const listeners = new Set<() => void>()
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      output += chunk.toString('latin1')
      for (const listener of listeners) listener()
    })
  }
  child.stdin?.on('error', () => undefined)
  const outcome = once(child, 'close').then(([code]): Outcome => ({ code: code as number | null, output }))
  const says = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const check = (): void => {
        if (output.includes(text)) resolve()
      }
      listeners.add(check)
      check()
      void outcome.then(() => reject(new Error(`It ended without saying «${text}»: ${output}`)))
    })
  return { child, says, outcome, output: () => output }
}

/** Gives the wire's end in the machine its addresses; the wire itself is laid by the outside. */
export async function connectMachine(machine: Machine): Promise<void> {
  const lines = [
    `ip address add ${JOB.v4}/24 dev eth0`,
    `ip -6 address add ${JOB.v6}/64 dev eth0 nodad`,
    'ip link set eth0 up',
    `ip route add default via ${JOB.gateway4}`,
    `ip -6 route add default via ${JOB.gateway6}`,
    'ip link add docker0 type bridge',
    `ip address add ${CONTAINER.bridge}/16 dev docker0`,
    'ip link set docker0 up',
  ]
  const { code, output } = await machine.root(lines.join(' && '))
  if (code !== 0) throw new Error(`The machine has no network: ${output}`)
}

/** Starts the daemons and the service container, and waits until each is there. */
export async function startDaemons(machine: Machine): Promise<void> {
  const node = ['node', '--disable-warning=ExperimentalWarning']
  const as = { user: 'root', environment: {} } as const
  const daemon = machine.start([...node, '/mnt/stage/job/root-daemon.ts'], as)
  await machine.root('mkdir -p /run/resolver && chown 101:101 /run/resolver')
  const drop = [
    'setpriv',
    '--reuid=101',
    '--regid=101',
    '--clear-groups',
    '--ambient-caps=+net_bind_service',
    '--inh-caps=+net_bind_service',
  ]
  const stub = machine.start([...drop, ...node, '/mnt/stage/job/stub-resolver.ts'], as)
  const inner = `ip link set lo up; until ip link show eth0 >/dev/null 2>&1; do sleep 0.02; done; ip address add ${CONTAINER.v4}/16 dev eth0; ip link set eth0 up; ip route add default via ${CONTAINER.bridge}; exec node --disable-warning=ExperimentalWarning /mnt/stage/job/container.ts`
  const container = machine.start(['bash', '-c', `echo pid $$; exec unshare --net bash -c '${inner}'`], as)
  await container.says('pid ')
  const containerPid = `$(pgrep -f container.ts | head -1 || true)`
  const wire = `for i in $(seq 50); do p=${containerPid}; [ -n "$p" ] && [ "$(readlink /proc/$p/ns/net)" != "$(readlink /proc/self/ns/net)" ] && break; sleep 0.05; done; ip link add veth1 type veth peer name eth0 netns $p && ip link set veth1 master docker0 up`
  const { code, output } = await machine.root(wire)
  if (code !== 0) throw new Error(`The service container has no network: ${output}`)
  await Promise.all([daemon.says('ready'), stub.says('ready'), container.says('ready')])
}
