import { join } from 'node:path'
import type { GuardConfig } from '../../core/egress-config.ts'
import type { SidecarConfig } from '../../core/sidecar-config.ts'
import type { LaunchOutcome } from '../launch-sidecar.ts'
import { readStartTime } from '../process-status.ts'
import { FIREWALL_LOG } from '../run-directory.ts'
import { deriveSidecarArguments, deriveSidecarEnvironment } from '../sidecar-command.ts'
import { deriveStartTimeout, type Run } from '../start-sidecar.ts'
import type { Step } from '../step.ts'
import { GUARD_DIRECTORY } from './guard-directory.ts'
import { launchGuard } from './launch-guard.ts'
import { deriveRelayConfig, type FirewallPlan } from './prepare-firewall.ts'
import type { StartedFirewall } from './started-firewall.ts'

/** Numeric uids without an account: above what systemd hands out, below int32. */
const RELAY_UID = 1_900_000_001
const SIDECAR_UID = 1_900_000_002

/** The services that a virtual machine's own agent, which is root, asks on Azure and elsewhere. */
const ROOT_ADDRESSES = ['169.254.169.254', '168.63.129.16']

export type GuardedOutcome =
  | { readonly sidecar: Extract<LaunchOutcome, { kind: 'ready' }>; readonly firewall: StartedFirewall }
  | { readonly sidecar: Extract<LaunchOutcome, { kind: 'refused' }>; readonly firewall: undefined }

export interface GuardedRequest {
  readonly plan: FirewallPlan
  readonly run: Run
  readonly privileges: GuardConfig['privileges']
}

/** Starts sidecar and firewall together through the root half. Throws an ActionError when either could not be started. */
export async function startGuarded(step: Step, request: GuardedRequest): Promise<GuardedOutcome> {
  const { plan, run } = request
  const outcome = await launchGuard({
    config: deriveGuardConfig(step, request),
    uid: step.uid,
    node: step.execPath,
    guardPath: step.guardPath,
    timeoutMs: deriveStartTimeout(run) + SET_UP_MS,
    cancelled: step.cancelled,
  })
  if (outcome.kind === 'refused') return { sidecar: outcome, firewall: undefined }
  const { guard, sidecar, checks } = outcome
  const pid = guard.sidecarPid ?? sidecar.pid
  return {
    sidecar: {
      kind: 'ready',
      ...{ checks, ready: sidecar, isShielded: true },
      ...{ pid, startTime: readStartTime(pid) },
    },
    firewall: {
      plan,
      limits: [...plan.limits, ...guard.limits],
      logPath: guard.logPath,
      sidecarLogDirectory: guard.sidecarLogDirectory,
      proxyUrl: `http://127.0.0.1:${guard.proxyPort}`,
      relay: null,
    },
  }
}

/** Copies, rules and privileges, beside what the sidecar needs. */
const SET_UP_MS = 20_000

function deriveGuardConfig(step: Step, { plan, run, privileges }: GuardedRequest): GuardConfig {
  const directory = join(GUARD_DIRECTORY, run.runId)
  // Where the guard writes it, below the directory that it is told.
  const logPath = join(directory, 'logs', FIREWALL_LOG)
  const config: SidecarConfig = {
    ...run.message.config,
    firewall: { level: plan.level, mode: plan.policy.mode, logPath },
    nameservers: plan.resolution.nameservers,
    hosts: plan.resolution.hosts,
    isShielded: true,
  }
  return {
    version: 1,
    runId: run.runId,
    runnerUid: step.uid ?? 0,
    runnerGid: step.gid ?? 0,
    runnerName: step.userName,
    relayUid: RELAY_UID,
    sidecarUid: SIDECAR_UID,
    watch: config.watch ?? { pid: step.parentPid, startTime: null },
    relay: deriveRelayConfig(plan, run, { kind: 'redirect' }),
    privileges,
    rootAddresses: ROOT_ADDRESSES,
    directory,
    bundles: {
      relay: step.relayPath,
      guard: step.guardPath,
      sidecar: step.sidecarPath,
      worker: step.workerPath,
      credentialProcess: step.credentialProcessPath,
    },
    node: step.execPath,
    sidecar: {
      message: { ...run.message, config },
      arguments: deriveSidecarArguments({
        watchedPid: config.watch?.pid,
        sidecar: step.sidecarPath,
        worker: step.workerPath,
        credentialProcess: step.credentialProcessPath,
        platform: step.platform,
        firewallLog: logPath,
      }),
      environment: deriveSidecarEnvironment(step.environment),
    },
    maxAgeMs: config.maxAgeMs,
  }
}
