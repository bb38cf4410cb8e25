import type { Inputs } from '../core/inputs/inputs.ts'
import type { Secret } from '../core/secret.ts'
import type { LaunchMessage, SecretName, SidecarConfig } from '../core/sidecar-config.ts'
import type { CorporateNetwork } from './corporate-network.ts'

export interface LaunchFacts {
  readonly inputs: Inputs
  readonly network: CorporateNetwork
  readonly runId: string
  /** 36 random alphanumerics. */
  readonly runToken: string
  readonly controlToken: string
  readonly runnerUid: number | null
  readonly watch: SidecarConfig['watch']
  readonly isGithubHosted: boolean
  /** What commands get of the environment, as `command-env.<name>`. */
  readonly commandVariables: ReadonlyMap<SecretName, Secret>
  readonly workDirectory: string
  /** What the runner gives for GitHub's OIDC, where a source needs it. */
  readonly oidc: ReadonlyMap<SecretName, Secret>
}

const HOUR_MS = 3_600_000

/** A hosted job lasts six hours at most, a self-hosted one five days. */
const MAX_AGE_HOURS = { hosted: 6, selfHosted: 120 } as const

/** Puts together what goes down the sidecar's stdin. The only place, with the headers, where a secret becomes a text again. */
export function deriveLaunchMessage(facts: LaunchFacts): LaunchMessage {
  const { inputs, network } = facts
  const secrets: Partial<Record<SecretName, string>> = {}
  for (const [name, secret] of [...inputs.secrets, ...network.proxies, ...facts.commandVariables, ...facts.oidc]) {
    secrets[name] = secret.reveal()
  }
  secrets['run-token'] = facts.runToken
  secrets['control-token'] = facts.controlToken
  return { config: deriveConfig(facts), secrets }
}

function deriveConfig({ inputs, network, ...facts }: LaunchFacts): SidecarConfig {
  const hours = facts.isGithubHosted ? MAX_AGE_HOURS.hosted : MAX_AGE_HOURS.selfHosted
  return {
    version: 1,
    runId: facts.runId,
    listenAddress: inputs.listenAddress,
    topology: inputs.topology,
    providers: inputs.providers,
    validate: inputs.validate,
    clientAuth: inputs.clientAuth,
    runnerUid: facts.runnerUid,
    noProxy: network.noProxy,
    extraCa: network.extraCa,
    streamIdleTimeoutMs: inputs.streamIdleTimeoutMs,
    refresh: inputs.refresh,
    limits: inputs.limits,
    logLevel: inputs.logLevel,
    watch: facts.watch,
    maxAgeMs: hours * HOUR_MS,
    workDirectory: facts.workDirectory,
  }
}
