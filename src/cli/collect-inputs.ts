import type { InputKind } from '../core/inputs/input-row.ts'
import { INPUT_NAMES, INPUTS, type InputName } from '../core/inputs/input-table.ts'
import type { Environment } from './terminal.ts'

/** Kinds whose values must not stand in a command line, which every process of the machine may read. */
const SECRET_KINDS: ReadonlySet<InputKind> = new Set(['secret', 'secret-url', 'pem', 'headers'])

/** True for an input that is taken from the environment only. */
export const isSecretInput = (name: InputName): boolean => SECRET_KINDS.has(INPUTS[name].kind)

const PREFIX = 'AGENT_PROXY_'

/** `openai-api-key` → `OPENAI_API_KEY`. */
export function deriveVariable(name: InputName): string {
  return name.toUpperCase().replaceAll('-', '_')
}

/** Variables that an input may come from, the one that counts first. A secret also has the name that its own tools use. */
export function listVariables(name: InputName): readonly string[] {
  const variable = deriveVariable(name)
  return isSecretInput(name) ? [PREFIX + variable, variable] : [PREFIX + variable]
}

export interface CollectedInputs {
  /** Raw texts by name of the input, as the parser takes them. */
  readonly inputs: ReadonlyMap<string, string>
  /** The environment without what was, or could have been, a value of ours. */
  readonly environment: Environment
  /** Variables that secrets were taken from. */
  readonly secretVariables: readonly string[]
}

/**
 * Collects inputs: an option counts more than a variable. An empty variable is none. A variable with our prefix that names no input is
 * handed on as it is called, so that a misspelling is said and not passed over.
 */
export function collectInputs(flags: ReadonlyMap<InputName, string>, environment: Environment): CollectedInputs {
  const inputs = new Map<string, string>()
  const secretVariables: string[] = []
  const known = new Set(INPUT_NAMES.map((name) => PREFIX + deriveVariable(name)))
  for (const [variable, value = ''] of Object.entries(environment)) {
    if (!variable.startsWith(PREFIX) || known.has(variable) || value === '') continue
    inputs.set(variable.slice(PREFIX.length).toLowerCase().replaceAll('_', '-'), value)
  }
  for (const name of INPUT_NAMES) {
    const variable = listVariables(name).find((each) => (environment[each] ?? '') !== '')
    const value = flags.get(name) ?? (variable === undefined ? undefined : environment[variable])
    if (value !== undefined) inputs.set(name, value)
    if (variable !== undefined && isSecretInput(name)) secretVariables.push(variable)
  }
  return { inputs, environment: dropOwnVariables(environment), secretVariables }
}

/** Nothing that may hold a key of ours is left for the command: neither the variable that counted nor the one that did not. */
function dropOwnVariables(environment: Environment): Environment {
  const secrets = new Set(INPUT_NAMES.filter(isSecretInput).map(deriveVariable))
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => !name.startsWith(PREFIX) && !secrets.has(name)),
  )
}
