import { readFileSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { ActionError } from '../core/fault.ts'
import type { InputName } from '../core/inputs/input-table.ts'
import type { Runner } from './runner.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** Inputs whose default in action.yml is an expression; where the step is started without a runner, its variable stands in. */
const FROM_ENVIRONMENT = {
  'github-server-url': 'GITHUB_SERVER_URL',
  'github-api-url': 'GITHUB_API_URL',
} as const satisfies { readonly [Name in InputName]?: string }

const LARGEST_CONFIG = 256 * 1024

/**
 * The raw texts of all inputs, with `config` replaced by the file's text when it is a path (relative to the workspace).
 * Throws an ActionError when that file cannot be read.
 */
export function readRawInputs(runner: Runner, environment: Environment): ReadonlyMap<string, string> {
  const inputs = new Map(runner.readInputs())
  for (const [name, variable] of Object.entries(FROM_ENVIRONMENT)) {
    const value = environment[variable]
    if (!inputs.has(name) && value !== undefined) inputs.set(name, value)
  }
  const config = inputs.get('config')
  if (config !== undefined && isPath(config)) inputs.set('config', readConfig(config, environment))
  return inputs
}

/** A mapping needs a colon followed by white space, or a brace; one line without either can only be a path. */
function isPath(config: string): boolean {
  const text = config.trim()
  return text !== '' && !/[\r\n{}]|:(\s|$)/.test(text)
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
