import type { Runner } from './runner.ts'

/** Everything a step of the action gets from outside; only the entries read it from the process. */
export interface Step {
  readonly runner: Runner
  /**
   * `job`: the machine is this job's, and later steps run the agent. `terminal`: the machine is somebody's, and one command is
   * started by whoever runs this.
   */
  readonly place: 'job' | 'terminal'
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly platform: NodeJS.Platform
  readonly architecture: string
  readonly nodeVersion: string
  /** The node that runs this step. */
  readonly execPath: string
  /** uid and gid of this process; null on Windows. */
  readonly uid: number | null
  readonly gid: number | null
  /** Name of its account; null where the uid has none. */
  readonly userName: string | null
  /** The runner's worker process: the watchdog of the sidecar looks after it. 0 in a job container. */
  readonly parentPid: number
  readonly home: string
  /** The bundles of the sidecar's processes. */
  readonly sidecarPath: string
  readonly workerPath: string
  readonly credentialProcessPath: string
  /** The bundles of the firewall's processes. */
  readonly guardPath: string
  readonly relayPath: string
  readonly relayKeeperPath: string
  readonly agentExecPath: string
  readonly bridgePath: string
  /** Aborted when the job is cancelled. */
  readonly cancelled: AbortSignal
}

/** The runner's directory for temporary files. Throws when the step was not started by a runner. */
export function readRunnerTemp(step: Step): string {
  const directory = step.environment.RUNNER_TEMP
  if (directory === undefined || directory === '') throw new Error('RUNNER_TEMP is not set: this is not a runner')
  return directory
}
