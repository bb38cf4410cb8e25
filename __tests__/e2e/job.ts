import { chownSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { parse } from 'yaml'
import { readFileCommands } from './file-commands.ts'
import { createRunner } from './runner.ts'
import type { RunnerResult } from './runner-process.ts'
import type { JobDirectories, Settings } from './world.ts'

type TextMap = Readonly<Record<string, string>>

export interface Job {
  readonly directories: JobDirectories
  readonly runnerPid: number
  /** What the steps so far have exported to later ones. */
  readonly exports: TextMap
  readonly outputs: TextMap
  /** Runs the built main with these inputs (others have action.yml's defaults); `runner` overrides the job's variables. */
  readonly start: (inputs: TextMap, runner?: TextMap) => Promise<RunnerResult>
  /** Runs a later step with HOME, PATH and the exports, nothing else. */
  readonly agent: (command: readonly string[], extra?: TextMap) => Promise<RunnerResult>
  readonly post: () => Promise<RunnerResult>
  /** Everything the steps have printed so far: what the job's log would show, before masking. */
  readonly log: () => string
  readonly summary: () => string
  readonly vanish: () => Promise<void>
  readonly close: () => Promise<void>
}

const STEP_LIMIT_MS = 60_000
const AGENT_LIMIT_MS = 180_000

/** A job of one user on one machine, as the runner would make it. */
export function createJob(settings: Settings, directories: JobDirectories): Job {
  const runner = createRunner(settings)
  const commands = createCommandFiles(settings, directories)
  const { home, workspace } = directories
  const variables = { HOME: home, PATH: renderPath(settings) }
  const logs: string[] = []
  let inputs: TextMap = {}
  const run = async (file: string, args: readonly string[], env: TextMap, timeoutMs: number): Promise<RunnerResult> => {
    const result = await runner.run({ file, args, env, cwd: workspace, timeoutMs })
    logs.push(result.stdout, result.stderr)
    return result
  }
  const step = (bundle: string, extra: TextMap): Promise<RunnerResult> => {
    const env = { ...renderRunnerVariables(directories), ...variables, ...commands.environment, ...inputs, ...extra }
    return run(settings.node, [path.join(settings.base, 'repo', 'dist', bundle, 'index.js')], env, STEP_LIMIT_MS)
  }
  return {
    directories,
    runnerPid: runner.pid,
    get exports() {
      return commands.read('ENV')
    },
    get outputs() {
      return commands.read('OUTPUT')
    },
    start: (given, overrides = {}) => {
      inputs = renderInputs(settings, given, { ...renderRunnerVariables(directories), ...overrides })
      return step('main', overrides)
    },
    agent: ([file = '', ...args], extra = {}) =>
      run(file, args, { ...variables, ...commands.read('ENV'), ...extra }, AGENT_LIMIT_MS),
    post: () => {
      const state = Object.entries(commands.read('STATE')).map(([name, value]) => [`STATE_${name}`, value])
      return step('post', { ...commands.read('ENV'), ...Object.fromEntries(state) })
    },
    log: () => logs.join('\n'),
    summary: () => readFileSync(commands.environment.GITHUB_STEP_SUMMARY ?? '', 'utf8'),
    vanish: runner.vanish,
    close: runner.close,
  }
}

function renderPath({ base, node }: Settings): string {
  return [
    path.join(base, 'cache', 'node_modules', '.bin'),
    path.dirname(node),
    '/usr/local/bin',
    '/usr/bin',
    '/bin',
  ].join(':')
}

interface CommandFiles {
  readonly environment: TextMap
  readonly read: (kind: 'ENV' | 'OUTPUT' | 'STATE') => TextMap
}

function createCommandFiles({ user }: Settings, { temp }: JobDirectories): CommandFiles {
  const files = ['ENV', 'OUTPUT', 'STATE', 'PATH', 'STEP_SUMMARY'].map((kind) => {
    const file = path.join(temp, `github_${kind.toLowerCase()}`)
    writeFileSync(file, '')
    chownSync(file, user.uid, user.gid)
    return [`GITHUB_${kind}`, file] as const
  })
  const environment: TextMap = Object.fromEntries(files)
  return { environment, read: (kind) => readFileCommands(environment[`GITHUB_${kind}`] ?? '') }
}

function renderRunnerVariables({ temp, toolCache, workspace }: JobDirectories): TextMap {
  return {
    CI: 'true',
    GITHUB_ACTIONS: 'true',
    GITHUB_SERVER_URL: 'https://github.com',
    GITHUB_API_URL: 'https://api.github.com',
    GITHUB_GRAPHQL_URL: 'https://api.github.com/graphql',
    GITHUB_REPOSITORY: 'octo/repo',
    GITHUB_RUN_ID: '1',
    GITHUB_WORKSPACE: workspace,
    RUNNER_OS: 'Linux',
    RUNNER_ARCH: 'X64',
    RUNNER_TEMP: temp,
    RUNNER_TOOL_CACHE: toolCache,
    RUNNER_TRACKING_ID: 'github_fake',
    LANG: 'C.UTF-8',
  }
}

interface ActionFile {
  readonly inputs: Readonly<Record<string, { readonly default?: string | number | boolean }>>
}

/** INPUT_* as the runner makes them: every declared input, given or by default, with the two expressions we use resolved. */
function renderInputs({ base }: Settings, chosen: TextMap, variables: TextMap): TextMap {
  // A scenario that is about the firewall says so; the others share their namespace.
  const given: TextMap = { 'egress-policy': 'off', ...chosen }
  const action = parse(readFileSync(path.join(base, 'repo', 'action.yml'), 'utf8')) as ActionFile
  const unknown = Object.keys(given).filter((name) => !(name in action.inputs))
  if (unknown.length > 0) throw new Error(`action.yml declares no input ${unknown.join(', ')}`)
  const entries = Object.entries(action.inputs).map(([name, { default: fallback = '' }]) => {
    const value = String(fallback)
      .replace(/\$\{\{ *github\.server_url *\}\}/, variables.GITHUB_SERVER_URL ?? '')
      .replace(/\$\{\{ *github\.api_url *\}\}/, variables.GITHUB_API_URL ?? '')
    return [`INPUT_${name.replaceAll(' ', '_').toUpperCase()}`, given[name] ?? value] as const
  })
  return Object.fromEntries(entries)
}
