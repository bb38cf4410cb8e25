import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { RelayConfig } from '../../core/egress-config.ts'
import type { SidecarHandle } from '../launch-sidecar.ts'
import type { RunDirectory } from '../run-directory.ts'
import { deriveSidecarEnvironment } from '../sidecar-command.ts'
import type { Run } from '../start-sidecar.ts'
import type { Step } from '../step.ts'
import { installAgentExec } from './install-agent-exec.ts'
import { deriveRelayConfig, type FirewallPlan } from './prepare-firewall.ts'
import { startRelay } from './start-relay.ts'
import type { StartedFirewall } from './started-firewall.ts'

export interface UnguardedRequest {
  readonly plan: FirewallPlan
  readonly run: Run
  readonly directory: RunDirectory
  readonly sidecar: SidecarHandle
  /** The node that the sidecar runs from; the relay runs from it too, for the same reason. */
  readonly node: string
}

/** Port of the forward proxy inside the wrapper, where nothing else listens but what the command itself starts. */
const PROXY_INSIDE = 3128

/**
 * Starts the firewall of the levels without a root half, next to a sidecar that runs: the relay and, in the wrapped level,
 * `agent-exec` on the PATH of the later steps. Throws an ActionError when the relay does not come up.
 */
export async function startUnguarded(step: Step, request: UnguardedRequest): Promise<StartedFirewall> {
  const { plan, run, directory, node } = request
  const ports = listSidecarPorts(request.sidecar)
  const socketPath = join(directory.path, 'relay', 'socket')
  const entrance: RelayConfig['entrance'] =
    plan.tools === null ? { kind: 'proxy-only' } : { kind: 'bridge', socketPath, forwardedPorts: ports }
  if (plan.tools !== null) await mkdir(join(directory.path, 'relay'), { mode: 0o700 })
  const relay = await startRelay({
    config: { ...deriveRelayConfig(plan, run, entrance), ports: null, watch: run.message.config.watch },
    ...{ node, cancelled: step.cancelled },
    relayPath: step.relayPath,
    keeperPath: step.relayKeeperPath,
    logDirectory: directory.logDirectory,
    environment: deriveSidecarEnvironment(step.environment),
  })
  if (plan.tools !== null) await install(step, { ...request, ports, socketPath })
  return {
    plan,
    limits: plan.limits,
    logPath: relay.logPath,
    sidecarLogDirectory: null,
    proxyUrl: `http://127.0.0.1:${plan.tools === null ? relay.ports.proxy : PROXY_INSIDE}`,
    relay: { pid: relay.pid, startTime: relay.startTime },
  }
}

async function install(
  step: Step,
  {
    plan,
    directory,
    ports,
    socketPath,
  }: UnguardedRequest & { readonly ports: readonly number[]; readonly socketPath: string },
): Promise<void> {
  if (plan.tools === null) return
  const bin = await installAgentExec({
    config: {
      version: 1,
      tools: plan.tools,
      node: step.execPath,
      bridge: step.bridgePath,
      relaySocket: socketPath,
      forwardedPorts: ports,
      proxyPort: PROXY_INSIDE,
      hiddenPaths: [],
      readOnlyPaths: [join(step.relayPath, '..', '..')],
    },
    directory: directory.path,
    bundle: step.agentExecPath,
  })
  step.runner.addPath(bin)
}

function listSidecarPorts({ ready }: SidecarHandle): number[] {
  return [...Object.values(ready.ports), ready.managementPort]
}
