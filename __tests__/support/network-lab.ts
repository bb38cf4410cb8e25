import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readlinkSync } from 'node:fs'
import path from 'node:path'
import { createInterface } from 'node:readline'
import type { ProbeOrder } from './network-probe.ts'
import { waitUntil } from './wait-until.ts'

const PROBE = path.join(import.meta.dirname, 'network-probe.ts')

/** What a probe says: one line of JSON. */
export type ProbeLine = Readonly<Record<string, string | number | boolean>>

/** A program in a namespace that speaks lines of JSON and is ended with the lab. */
export interface Probe {
  readonly next: () => Promise<ProbeLine>
  readonly proceed: () => void
}

/**
 * A network namespace that a process of ours holds: gone with that process, seen by nobody else. The machine's own network is never
 * touched.
 */
export class Namespace {
  readonly #holder: ChildProcess
  readonly #children: ChildProcess[] = []

  private constructor(holder: ChildProcess) {
    this.#holder = holder
  }

  static async create(): Promise<Namespace> {
    const holder = spawn('unshare', ['--net', 'sleep', 'infinity'], { stdio: 'ignore' })
    const own = readlinkSync('/proc/self/ns/net')
    await waitUntil('the namespace is there', () => readlinkSync(`/proc/${holder.pid}/ns/net`) !== own)
    const namespace = new Namespace(holder)
    await namespace.run('ip', 'link', 'set', 'lo', 'up')
    return namespace
  }

  get pid(): string {
    return String(this.#holder.pid)
  }

  /** Joins this namespace with another by a pair of interfaces, each with its addresses (`10.0.0.1/24`). */
  async join(other: Namespace, ends: { readonly here: Link; readonly there: Link }): Promise<void> {
    const { here, there } = ends
    await this.run('ip', 'link', 'add', here.name, 'type', 'veth', 'peer', 'name', there.name, 'netns', other.pid)
    await Promise.all([this.#raise(here), other.#raise(there)])
  }

  async #raise({ name, addresses }: Link): Promise<void> {
    for (const address of addresses)
      await this.run('ip', 'addr', 'add', address, 'dev', name, ...(address.includes(':') ? ['nodad'] : []))
    await this.run('ip', 'link', 'set', name, 'up')
  }

  /** Runs a program to its end. @returns what it printed. @throws with what it complained about. */
  run(program: string, ...args: readonly string[]): Promise<string> {
    return this.feed('', program, ...args)
  }

  /** The same with a text on its stdin. */
  async feed(input: string, program: string, ...args: readonly string[]): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<string>()
    const child = execFile('nsenter', [...this.#enter(), program, ...args], (error, stdout, stderr) =>
      error === null ? resolve(stdout) : reject(new Error(`${program} ${args.join(' ')}: ${stderr || error.message}`)),
    )
    // A program that reads nothing may be gone before the text is written.
    child.stdin?.on('error', () => {}).end(input)
    return promise
  }

  /** Starts a program that runs until it is ended with the lab. */
  spawn(program: string, ...args: readonly string[]): ChildProcess {
    const child = spawn('nsenter', [...this.#enter(), program, ...args], { stdio: ['ignore', 'inherit', 'inherit'] })
    this.#children.push(child)
    return child
  }

  /** Starts a program whose lines are read; it is ended with the lab. */
  open(program: string, ...args: readonly string[]): AsyncIterableIterator<string> {
    const child = spawn('nsenter', [...this.#enter(), program, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
    this.#children.push(child)
    return createInterface(child.stdout)[Symbol.asyncIterator]()
  }

  /** Starts a probe; its first line is there when it resolves. */
  start(order: ProbeOrder): Probe {
    const child = spawn('nsenter', [...this.#enter(), process.execPath, PROBE, JSON.stringify(order)], {
      stdio: ['pipe', 'pipe', 'inherit'],
      cwd: '/',
    })
    this.#children.push(child)
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
    return {
      next: async () => JSON.parse((await lines.next()).value ?? '{"ended":true}'),
      proceed: () => child.stdin.write('\n'),
    }
  }

  /** Runs a probe for its one answer. */
  ask(order: ProbeOrder): Promise<ProbeLine> {
    return this.start(order).next()
  }

  #enter(): readonly string[] {
    return ['--target', this.pid, '--net', '--']
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of [...this.#children, this.#holder]) {
      if (child.exitCode !== null || child.signalCode !== null) continue
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
  }
}

export interface Link {
  readonly name: string
  readonly addresses: readonly string[]
}
