import { readFileSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { ActionError } from '../core/fault.ts'
import type { InputName } from '../core/inputs/input-table.ts'
import { isConfigPath } from '../core/inputs/parse-config.ts'
import { hasOidc } from './read-oidc.ts'
import type { Runner } from './runner.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** Inputs whose default in action.yml is an expression, and the variable that has the same value. */
const OF_RUNNER = {
  'github-server-url': 'GITHUB_SERVER_URL',
  'github-api-url': 'GITHUB_API_URL',
} as const satisfies { readonly [Name in InputName]?: string }

/** What the runner itself says for the inputs that default to it, and whether the job may mint OIDC assertions. */
export function readRunnerFacts(environment: Environment): ReadonlyMap<string, string> {
  const found = Object.entries(OF_RUNNER).map(([name, variable]) => [name, environment[variable] ?? ''] as const)
  const oidc = ['oidc', hasOidc(environment) ? 'available' : ''] as const
  return new Map([...found, oidc].filter(([, value]) => value !== ''))
}

/** The same at a terminal, where nobody fills in defaults. */
export function readTerminalFacts(environment: Environment): ReadonlyMap<string, string> {
  return new Map([...readRunnerFacts(environment), ['inputs', 'explicit']])
}

const LARGEST_CONFIG = 256 * 1024

/**
 * The raw texts of all inputs, with `config` replaced by the file's text when it is a path (relative to the workspace).
 * Throws an ActionError when that file cannot be read.
 */
export function readRawInputs(runner: Runner, environment: Environment): ReadonlyMap<string, string> {
  const inputs = new Map(runner.readInputs())
  const config = inputs.get('config')
  if (config !== undefined && isConfigPath(config)) inputs.set('config', readConfig(config, environment))
  return inputs
}

function readConfig(config: string, environment: Environment): string {
  const path = resolve(environment.GITHUB_WORKSPACE ?? '.', config.trim())
  try {
    if (statSync(path).size > LARGEST_CONFIG) throw new RangeError('larger than 256 KiB')
    return readFileSync(path, 'utf8')
  } catch (error) {
    const problem = error instanceof RangeError ? error.message : ((error as NodeJS.ErrnoException).code ?? 'error')
    throw new ActionError([
      {
        code: 'config-invalid',
        input: 'config',
        title: 'config cannot be read',
        message: `config is taken for a path, and the file cannot be used (${problem}).`,
        fix: 'Check out the repository before this step, correct the path, or give the YAML mapping itself.',
      },
    ])
  }
}
