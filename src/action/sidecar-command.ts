import { dirname } from 'node:path'

/** The only variables the sidecar sees. Never NODE_OPTIONS, INPUT_*, ACTIONS_*, and no proxy: a proxy URL may hold a password. */
const ENVIRONMENT = ['PATH', 'HOME', 'TMPDIR', 'RUNNER_TEMP', 'RUNNER_TRACKING_ID', 'SystemRoot'] as const

type Environment = Readonly<Record<string, string | undefined>>

/** Keeps only what the sidecar may know of the job's environment. */
export function deriveSidecarEnvironment(environment: Environment): Record<string, string> {
  return Object.fromEntries(
    ENVIRONMENT.flatMap((name) => (environment[name] === undefined ? [] : [[name, environment[name]]])),
  )
}

export interface SidecarPaths {
  readonly sidecar: string
  readonly worker: string
  readonly credentialProcess: string
  readonly platform: NodeJS.Platform
  /** Process that the sidecar watches; shown in its arguments, so that people can tell whose sidecar it is. */
  readonly watchedPid: number | undefined
  /** The firewall's log, for the status page; undefined without a firewall. */
  readonly firewallLog: string | undefined
}

/**
 * Arguments of node for the sidecar: no inspector on SIGUSR1 (any process of the same user could open it and read every key),
 * no files but the bundles of its processes, the firewall's log and /proc (it watches the runner, and whether its children can be
 * read), no workers, no addons; children, because it starts its worker and the credential process.
 */
export function deriveSidecarArguments({ platform, watchedPid, firewallLog, ...paths }: SidecarPaths): string[] {
  const bundles = [paths.sidecar, paths.worker, paths.credentialProcess].map((path) => dirname(path))
  const readable = [
    ...bundles,
    ...(platform === 'linux' ? ['/proc/*'] : []),
    ...(firewallLog === undefined ? [] : [firewallLog]),
  ]
  return [
    '--disable-sigusr1',
    '--permission',
    '--allow-child-process',
    '--disable-warning=SecurityWarning',
    ...readable.map((path) => `--allow-fs-read=${path}`),
    '--max-semi-space-size=1',
    paths.sidecar,
    ...(watchedPid === undefined ? [] : [`runner=${watchedPid}`]),
  ]
}
