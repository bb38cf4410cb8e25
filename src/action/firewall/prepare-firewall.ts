import { decideLevel, decideTerminalLevel, type LevelFacts } from '../../core/decide-level.ts'
import type { RelayConfig } from '../../core/egress-config.ts'
import { ActionError } from '../../core/fault.ts'
import type { FirewallLevel } from '../../core/firewall-level.ts'
import type { Inputs } from '../../core/inputs/inputs.ts'
import type { Policy } from '../../core/policy/policy.ts'
import type { WrapTools } from '../../core/wrapper/agent-exec-config.ts'
import type { WrapperDecision } from '../../core/wrapper/decide-wrapper.ts'
import { readProxies } from '../corporate-network.ts'
import { probeWrapper } from '../probe-wrapper.ts'
import type { Run } from '../start-sidecar.ts'
import type { Step } from '../step.ts'
import { createPolicy, hasRunner } from './create-policy.ts'
import { seemsNativelyFiltered } from './native-firewall.ts'
import { type NameResolution, probeLock, probeNft, probeRoot, readNameResolution } from './probe-machine.ts'

/** The firewall as it is going to be set up; nothing has been changed yet. */
export interface FirewallPlan {
  readonly level: FirewallLevel
  /** Why this level: what stands in the way of a stronger one, where something does. */
  readonly why: string
  readonly policy: Policy
  readonly resolution: NameResolution
  /** The programs that wrap a command; set in the wrapped level. */
  readonly tools: WrapTools | null
  /** What stays open although it should not: sentences. */
  readonly limits: readonly string[]
  readonly seemsNative: boolean
}

/**
 * Decides level and policy of the firewall; undefined with `egress-policy: off`. Throws an ActionError when what was asked for is
 * not possible here: the step never goes on with less.
 */
export async function prepareFirewall(step: Step, inputs: Inputs): Promise<FirewallPlan | undefined> {
  const { mode, level: wanted } = inputs.firewall
  if (mode === 'off') return undefined
  const { wrapper, ...facts } = await readFacts(step)
  const decide = step.place === 'terminal' ? decideTerminalLevel : decideLevel
  const decision = decide(wanted, mode, { ...facts, wrapper })
  if (decision.kind === 'fault') throw new ActionError([decision.fault])
  const { level, why } = decision
  const [resolution, seemsNative] = await Promise.all([readNameResolution(), seemsNativelyFiltered(step.environment)])
  const proxies = readProxies({ upstreamProxy: inputs.upstreamProxy, environment: step.environment })
  const isProxied = proxies.has(PROXY)
  if (level === 'enforced' && !isProxied) assertResolvable(resolution)
  const policy = await createPolicy(inputs, mode, { hasRunner: hasRunner(step), isProxied })
  const isWrapped = level === 'wrapped' && wrapper.isUsable
  return {
    ...{ level, why, policy, resolution, seemsNative },
    tools: isWrapped ? wrapper.tools : null,
    limits: [...(isWrapped ? wrapper.limits : []), ...(level === 'enforced' && step.uid === 0 ? [RUNS_AS_ROOT] : [])],
  }
}

/** The one proxy that the relay uses: what it carries is TLS nearly always, and a proxy for http alone was not meant for that. */
const PROXY = 'proxy.https'
const RUNS_AS_ROOT = 'This job runs as root, so the agent can take the firewall down.'

async function readFacts(step: Step): Promise<LevelFacts & { readonly wrapper: WrapperDecision }> {
  const { platform, uid, gid } = step
  const isLinux = platform === 'linux'
  const [root, hasNft, isHeld, wrapper] = await Promise.all([
    isLinux ? probeRoot(uid) : ('no-sudo' as const),
    isLinux ? probeNft() : false,
    isLinux ? probeLock() : false,
    probeWrapper({ platform, uid: uid ?? -1, gid: gid ?? -1 }),
  ])
  return { platform, root, hasNft, isHeld, isJobVisible: step.parentPid > 0, wrapper }
}

function assertResolvable({ nameservers }: NameResolution): void {
  if (nameservers.length > 0) return
  throw new ActionError([
    {
      code: 'firewall-unavailable',
      input: 'firewall-level',
      title: 'The firewall finds no name servers',
      message:
        'Neither /etc/resolv.conf nor that of systemd-resolved names a server beyond this machine, so no name could be looked up.',
      fix: 'Name the servers in /etc/resolv.conf, or give the corporate proxy as upstream-proxy.',
    },
  ])
}

/** What a relay has to know, whoever starts it. */
export function deriveRelayConfig(
  plan: FirewallPlan,
  run: Run,
  entrance: RelayConfig['entrance'],
): Omit<RelayConfig, 'ports'> {
  const { config, secrets } = run.message
  const url = secrets[PROXY]
  return {
    version: 1,
    runId: run.runId,
    policy: plan.policy,
    entrance,
    nameservers: plan.resolution.nameservers,
    hosts: plan.resolution.hosts,
    extraCa: config.extraCa,
    upstreamProxy: url === undefined ? null : { url, noProxy: config.noProxy },
  }
}
