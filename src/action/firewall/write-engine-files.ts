import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Policy } from '../../core/policy/policy.ts'
import type { ProviderCheck } from '../../core/sidecar-config.ts'
import type { Topology } from '../../core/topology/topology.ts'
import { renderAwfConfig } from '../../firewall/render-awf-config.ts'
import { renderSquid } from '../../firewall/render-squid.ts'

export interface EngineRequest {
  readonly policy: Policy
  readonly topology: Topology
  readonly checks: readonly ProviderCheck[]
  readonly nameservers: readonly string[]
  readonly directory: string
}

export interface EngineFiles {
  readonly squidConfig: string
  readonly awfConfig: string
  /** What these engines do otherwise: sentences. */
  readonly notes: readonly string[]
}

/** Where Squid listens by custom, on loopback: who runs it elsewhere changes one line. */
const SQUID_LISTEN = { address: '127.0.0.1', port: 3128 } as const

/** Writes the policy for those who run another engine: a Squid configuration and AWF's configuration file. */
export async function writeEngineFiles(request: EngineRequest): Promise<EngineFiles> {
  const { policy, topology, checks, directory } = request
  const nameservers = request.nameservers.filter((address) => !address.includes('%'))
  const squid = renderSquid(policy, { listen: SQUID_LISTEN, accessLog: null, directory: null, nameservers })
  const upstreams = Object.fromEntries(checks.map(({ provider, upstream }) => [provider, upstream]))
  const awf = renderAwfConfig(policy, topology, { upstreams })
  const files = { squidConfig: join(directory, 'squid.conf'), awfConfig: join(directory, 'awf-config.json') }
  await writeFile(files.squidConfig, squid, { flag: 'wx', mode: 0o644 })
  await writeFile(files.awfConfig, awf.text, { flag: 'wx', mode: 0o644 })
  return { ...files, notes: awf.notes }
}
