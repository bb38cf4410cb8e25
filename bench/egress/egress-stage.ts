import type { ChildProcess } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sharedAuthority } from '../../__tests__/fakes/certificate.ts'
import { Namespace } from '../../__tests__/support/network-lab.ts'
import { LOAD_CORE, readFirstLine, startProgram, stopProgram } from '../machine/children.ts'
import { EGRESS_HOST, INSIDE_ADDRESS, OUTSIDE_ADDRESS, RAW_PORT, SILENT_PORT, TLS_PORT } from './egress-facts.ts'
import { startSilentUpstream } from './silent-upstream.ts'

/** Where the egress rows are measured: a machine with a way out, and the outside. */
export interface EgressStage {
  /** Namespace of the machine; null where only loopback is there, because the bench is not root. */
  readonly machine: Namespace | null
  readonly upstreamPid: number
  /** Address of the upstream, its TLS port, the one for raw TCP, and one that never says anything. */
  readonly address: string
  readonly tlsPort: number
  readonly rawPort: number
  readonly silentPort: number
  close(): Promise<void>
}

/** Connections that are over stay in the kernel's table for a minute; a job leaves dozens of them, a bench tens of thousands. */
const LEFT_OVER = 256

/** Two network namespaces and an upstream in one of them; without root an upstream on loopback. */
export async function createEgressStage(directory: string): Promise<EgressStage> {
  const files = writeCertificate(directory)
  return process.getuid?.() === 0 ? createNamespaces(directory, files) : createLoopback(files)
}

async function createNamespaces(directory: string, files: readonly string[]): Promise<EgressStage> {
  const [machine, outside] = await Promise.all([Namespace.create(), Namespace.create()])
  await machine.join(outside, {
    here: { name: 'up0', addresses: [`${INSIDE_ADDRESS}/24`] },
    there: { name: 'down0', addresses: [`${OUTSIDE_ADDRESS}/24`] },
  })
  await machine.run('ip', 'route', 'add', 'default', 'via', OUTSIDE_ADDRESS)
  for (const namespace of [machine, outside]) {
    await namespace.run('sysctl', '-q', '-w', `net.ipv4.tcp_max_tw_buckets=${LEFT_OVER}`)
  }
  const silent = await startSilentUpstream(directory, outside.pid)
  const ports = [RAW_PORT, TLS_PORT, silent === undefined ? SILENT_PORT : 0]
  const args = [...files, OUTSIDE_ADDRESS, ...ports.map(String)]
  const { child } = await startUpstream(args, outside.pid)
  const names = startProgram({
    command: process.execPath,
    args: [join(import.meta.dirname, 'name-server.ts'), OUTSIDE_ADDRESS],
    core: LOAD_CORE,
    namespace: outside.pid,
  })
  await readFirstLine(names)
  return {
    machine,
    upstreamPid: child.pid ?? 0,
    address: OUTSIDE_ADDRESS,
    tlsPort: TLS_PORT,
    rawPort: RAW_PORT,
    silentPort: SILENT_PORT,
    async close() {
      await stopProgram(names)
      if (silent !== undefined) await stopProgram(silent)
      await stopProgram(child)
      await machine[Symbol.asyncDispose]()
      await outside[Symbol.asyncDispose]()
    },
  }
}

async function createLoopback(files: readonly string[]): Promise<EgressStage> {
  const { child, ports } = await startUpstream([...files])
  return {
    machine: null,
    upstreamPid: child.pid ?? 0,
    address: '127.0.0.1',
    tlsPort: ports.tls,
    rawPort: ports.plain,
    silentPort: ports.silent,
    close: () => stopProgram(child),
  }
}

function writeCertificate(directory: string): readonly string[] {
  const { key, cert } = sharedAuthority().issue([EGRESS_HOST])
  const files = ['egress-certificate.pem', 'egress-key.pem'].map((name) => join(directory, name))
  for (const [at, text] of [cert, key].entries()) writeFileSync(files[at] ?? '', text, { mode: 0o600 })
  return files
}

type StartedUpstream = {
  readonly child: ChildProcess
  readonly ports: { readonly plain: number; readonly tls: number; readonly silent: number }
}

async function startUpstream(args: readonly string[], namespace?: string): Promise<StartedUpstream> {
  const program = join(import.meta.dirname, '..', 'upstream', 'upstream.ts')
  const child = startProgram({
    command: process.execPath,
    args: [program, ...args],
    core: LOAD_CORE,
    ...(namespace === undefined ? {} : { namespace }),
  })
  return { child, ports: JSON.parse(await readFirstLine(child)) as StartedUpstream['ports'] }
}
