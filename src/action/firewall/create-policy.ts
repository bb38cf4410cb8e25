import type { Inputs } from '../../core/inputs/inputs.ts'
import { derivePolicy } from '../../core/policy/derive-policy.ts'
import { deriveRunnerHosts } from '../../core/policy/derive-runner-hosts.ts'
import type { Policy } from '../../core/policy/policy.ts'
import type { Step } from '../step.ts'
import { readMeta } from './read-meta.ts'

export interface PolicyRequest {
  /** Whether a runner of GitHub Actions has to reach its services under the agent's uid. */
  readonly hasRunner: boolean
  /** True where a proxy stands between this machine and GitHub, or nothing may be asked: then the shipped list of storage holds. */
  readonly isProxied: boolean
}

/** What the agent may reach: the inputs, this GitHub, and the services of the runner where there is one. */
export async function createPolicy(
  { topology, firewall }: Pick<Inputs, 'topology' | 'firewall'>,
  mode: Policy['mode'],
  { hasRunner, isProxied }: PolicyRequest,
): Promise<Policy> {
  const facts = { mode, rules: firewall.rules, ips: firewall.ips, topology }
  if (!hasRunner) return derivePolicy({ ...facts, runner: [] })
  const runner = deriveRunnerHosts(topology, await readMeta(topology, isProxied))
  return derivePolicy({ ...facts, runner })
}

/** A terminal on somebody's own machine has none; a step that runs the terminal face has. */
export function hasRunner({ place, environment }: Pick<Step, 'place' | 'environment'>): boolean {
  return place === 'job' || environment.GITHUB_ACTIONS === 'true'
}
