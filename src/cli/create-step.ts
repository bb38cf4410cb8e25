import { mkdir, mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import { isWithin } from '../action/is-within.ts'
import type { Step } from '../action/step.ts'
import type { Environment, Terminal } from './terminal.ts'
import { createTerminalRunner, type TerminalRunner, type TerminalRunnerOptions } from './terminal-runner.ts'

export interface TerminalStep extends Step {
  readonly runner: TerminalRunner
  readonly place: 'terminal'
  /** Private directory of everything that this run writes; whoever made the step removes it. */
  readonly temp: string
}

export interface StepRequest {
  readonly options: TerminalRunnerOptions
  /** Without the variables that secrets came from. */
  readonly environment: Environment
  readonly cancelled: AbortSignal
}

/** Makes the step that a terminal stands for: a private directory for the runner's temporary one, this process as what is watched. */
export async function createStep(terminal: Terminal, request: StepRequest): Promise<TerminalStep> {
  const temp = await mkdtemp(join(findBase(terminal), 'sap-'))
  const { platform, architecture, nodeVersion, execPath, uid, gid, userName, home, bundle } = terminal
  return {
    ...{ platform, architecture, nodeVersion, execPath, uid, gid, userName, home, temp },
    runner: createTerminalRunner(request.options),
    place: 'terminal',
    environment: {
      ...request.environment,
      ...deriveGithub(request.environment),
      RUNNER_TEMP: temp,
      RUNNER_TOOL_CACHE: (await makeCache(terminal)) ?? '',
      GITHUB_WORKSPACE: findWorkspace(terminal),
    },
    parentPid: terminal.pid,
    sidecarPath: bundle('sidecar'),
    workerPath: bundle('worker'),
    credentialProcessPath: bundle('credential-process'),
    guardPath: bundle('guard'),
    relayPath: bundle('relay'),
    relayKeeperPath: bundle('relay-keeper'),
    agentExecPath: bundle('agent-exec'),
    bridgePath: bundle('bridge'),
    cancelled: request.cancelled,
  }
}

/** With the names below it, the path of a socket must stay under the 108 bytes that Linux has for one. */
const LONGEST_BASE = 28

function findBase({ temp, platform }: Terminal): string {
  return platform === 'linux' && Buffer.byteLength(temp) > LONGEST_BASE ? '/tmp' : temp
}

/** Which GitHub: as `gh` has it, else as a job has it, else github.com. The API of another GitHub would contradict the first. */
export function deriveGithub({ GH_HOST, GITHUB_SERVER_URL, GITHUB_API_URL }: Environment): Environment {
  if ((GH_HOST ?? '') !== '') return { GITHUB_SERVER_URL: `https://${GH_HOST}`, GITHUB_API_URL: undefined }
  if ((GITHUB_SERVER_URL ?? '') !== '') return { GITHUB_SERVER_URL, GITHUB_API_URL }
  return { GITHUB_SERVER_URL: 'https://github.com', GITHUB_API_URL: undefined }
}

/** The user's cache, where a copy of node is kept for the next run. Undefined where none can be made: then each run makes its own. */
async function makeCache({ platform, environment, home }: Terminal): Promise<string | undefined> {
  const usual = platform === 'darwin' ? join(home, 'Library', 'Caches') : join(home, '.cache')
  const base = (environment.XDG_CACHE_HOME ?? '') === '' ? usual : (environment.XDG_CACHE_HOME ?? usual)
  const cache = join(base, 'setup-agent-proxy')
  return mkdir(cache, { recursive: true, mode: 0o700 }).then(
    () => cache,
    () => undefined,
  )
}

/** Programs of credentials are not looked for by name in the directory that is worked on, unless the user's own programs live below it. */
function findWorkspace({ cwd, home, environment }: Terminal): string {
  const given = environment.GITHUB_WORKSPACE ?? ''
  if (given !== '') return given
  return isWithin(home, cwd) ? '' : cwd
}
