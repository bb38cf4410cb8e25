import { randomUUID } from 'node:crypto'
import { listConfidentialTexts } from '../core/credentials/command-environment.ts'
import { ActionError } from '../core/fault.ts'
import type { Inputs } from '../core/inputs/inputs.ts'
import { deriveRunTokens, type RunTokens } from '../core/run-token.ts'
import type { LaunchMessage, SidecarConfig } from '../core/sidecar-config.ts'
import { captureCommandVariables, listCommands } from './command-variables.ts'
import { readCorporateNetwork } from './corporate-network.ts'
import { createExecuteOnlyNode } from './execute-only-node.ts'
import { deriveLaunchMessage } from './launch-message.ts'
import { type LaunchOutcome, launchSidecar } from './launch-sidecar.ts'
import { maskSecrets } from './mask-secrets.ts'
import { readStartTime } from './process-status.ts'
import { createRandomToken } from './random-token.ts'
import { readOidc } from './read-oidc.ts'
import { createRunDirectory, type RunDirectory } from './run-directory.ts'
import { deriveSidecarArguments, deriveSidecarEnvironment } from './sidecar-command.ts'
import { readRunnerTemp, type Step } from './step.ts'

/** One run of the action: its identity, its tokens and its directory. */
export interface Run {
  readonly runId: string
  readonly tokens: RunTokens
  readonly controlToken: string
  readonly message: LaunchMessage
}

const RUN_TOKEN_LENGTH = 36
const START_TIMEOUT_MS = 30_000
/** Checks and start, once a command has yielded its credential. */
const AFTER_COMMAND_MS = 25_000

/** Draws the tokens of this run, and masks every secret before anything of the run is printed or saved. */
export function createRun(step: Step, inputs: Inputs): Run {
  const network = readCorporateNetwork({
    upstreamProxy: inputs.upstreamProxy,
    caBundle: inputs.caBundle,
    environment: step.environment,
  })
  const runId = randomUUID()
  const runToken = createRandomToken(RUN_TOKEN_LENGTH)
  const controlToken = createRandomToken(RUN_TOKEN_LENGTH)
  const message = deriveLaunchMessage({
    inputs,
    network,
    runId,
    runToken,
    controlToken,
    runnerUid: step.platform === 'linux' ? step.uid : null,
    watch: deriveWatch(step),
    isGithubHosted: step.environment.RUNNER_ENVIRONMENT === 'github-hosted',
    commandVariables: captureCommandVariables(inputs.providers, step),
    workDirectory: readRunnerTemp(step),
    oidc: readOidc(step.environment, inputs.providers),
  })
  const tokens = deriveRunTokens(runToken)
  maskSecrets(step.runner, [...listConfidentialTexts(message.secrets), tokens.copilot, tokens.other])
  return { runId, tokens, controlToken, message }
}

/** Makes the directory of the run. Throws an ActionError when `log-directory` cannot be used. */
export async function createDirectory(step: Step, inputs: Inputs, runId: string): Promise<RunDirectory> {
  try {
    return await createRunDirectory({
      runnerTemp: readRunnerTemp(step),
      runId,
      logDirectory: inputs.logDirectory,
      workspace: step.environment.GITHUB_WORKSPACE ?? '.',
    })
  } catch (cause) {
    const fault = {
      code: 'input-invalid',
      input: 'log-directory',
      title: 'The log directory cannot be made',
      message: `No directory for the logs (${(cause as NodeJS.ErrnoException).code ?? String(cause)}).`,
      fix: 'Give a log-directory that this user can create and write.',
    } as const
    throw new ActionError([fault], { cause })
  }
}

export interface StartedSidecar {
  readonly outcome: LaunchOutcome
  /** The node it runs from. */
  readonly node: string
}

/** Starts the sidecar from a node that cannot be looked into, where the platform has that. */
export async function startSidecar(step: Step, run: Run, directory: RunDirectory): Promise<StartedSidecar> {
  const runnerTemp = readRunnerTemp(step)
  const toolCache = step.environment.RUNNER_TOOL_CACHE ?? ''
  const node = await createExecuteOnlyNode({
    execPath: step.execPath,
    version: step.nodeVersion,
    architecture: step.architecture,
    platform: step.platform,
    uid: step.uid,
    bases: toolCache === '' ? [runnerTemp] : [toolCache, runnerTemp],
  })
  if (node.notice !== '') step.runner.notice(node.notice, 'Sidecar memory is not shielded')
  const outcome = await launchSidecar({
    message: run.message,
    executable: node.path,
    arguments: deriveSidecarArguments({
      watchedPid: run.message.config.watch?.pid,
      sidecar: step.sidecarPath,
      worker: step.workerPath,
      credentialProcess: step.credentialProcessPath,
      platform: step.platform,
      firewallLog: run.message.config.firewall?.logPath,
    }),
    environment: deriveSidecarEnvironment(step.environment),
    workingDirectory: runnerTemp,
    logDirectory: directory.logDirectory,
    timeoutMs: deriveStartTimeout(run),
    cancelled: step.cancelled,
  })
  return { outcome, node: node.path }
}

/** Milliseconds until a sidecar is ready: checks, start, and the commands that credentials come from. */
export function deriveStartTimeout({ message }: Run): number {
  const commands = listCommands(message.config.providers)
  return Math.max(START_TIMEOUT_MS, ...commands.map(({ timeoutMs }) => timeoutMs + AFTER_COMMAND_MS))
}

/** In a job container the runner is in another pid namespace, the parent is 0 and only the maximum age ends the sidecar. */
function deriveWatch({ parentPid, platform }: Step): SidecarConfig['watch'] {
  if (parentPid <= 0) return null
  return { pid: parentPid, startTime: platform === 'linux' ? readStartTime(parentPid) : null }
}
