import type { CommandSource } from '../credentials/source.ts'
import { describeCharacter, describeText } from '../describe-text.ts'
import type { ParseContext } from './given-inputs.ts'
import { createInputFault } from './input-fault.ts'
import type { InputName } from './input-table.ts'
import { parseEnum, parseInteger } from './parse-values.ts'

/** What all credential programs share. */
export interface CommandSettings {
  readonly shell: 'none' | 'bash' | 'sh' | 'pwsh'
  readonly timeoutMs: number
  readonly environmentNames: readonly string[]
}

const SHELLS: Readonly<Record<Exclude<CommandSettings['shell'], 'none'>, readonly string[]>> = {
  // As the runner starts them: no files of the user's, and the first failing part of a line fails it.
  bash: ['bash', '--noprofile', '--norc', '-eo', 'pipefail', '-c'],
  sh: ['sh', '-e', '-c'],
  pwsh: ['pwsh', '-NoProfile', '-NonInteractive', '-Command'],
}

const MAX_ARGUMENTS = 64
const MAX_LENGTH = 16_384

// Arguments are visible to every process of the machine.
const SECRET_INSIDE = /(^|[^A-Za-z0-9])(sk-|gh[pousr]_|github_pat_|AIza|ya29\.|AKIA|ASIA|eyJ)[A-Za-z0-9_-]{12,}/

/** Reads what all programs share: time limit, shell, names of variables. */
export function parseCommandSettings(context: ParseContext): CommandSettings {
  return {
    shell: parseEnum(context, 'command-shell'),
    timeoutMs: (parseInteger(context, 'command-timeout') ?? 0) * 1000,
    environmentNames: parseEnvironmentNames(context),
  }
}

/** Reads the program of one key input; undefined when it is not given or not usable. */
export function parseCommand(
  context: ParseContext,
  name: InputName,
  settings: CommandSettings,
): CommandSource | undefined {
  const text = context.given.get(name)
  if (text === undefined) return undefined
  const { shell, timeoutMs, environmentNames } = settings
  const argv = shell === 'none' ? readArguments(text) : readShellLine(text, SHELLS[shell])
  if (typeof argv !== 'string') return { kind: 'command', argv, timeoutMs, environmentNames }
  const needed =
    shell === 'none'
      ? 'a JSON array of program and arguments'
      : `a text for ${shell} without secrets or control characters`
  const fix =
    'Write for example ["az", "account", "get-access-token"], or name a shell in command-shell; hand secrets to it with command-environment.'
  context.faults.push(createInputFault(name, { found: argv, needed, fix }))
  return undefined
}

/** The arguments, or what is wrong with the text as a phrase behind "found". */
function readArguments(text: string): readonly string[] | string {
  if (findTextProblem(text) !== undefined) return findTextProblem(text) ?? ''
  const parsed = parseJson(text)
  if (!Array.isArray(parsed)) return 'a text that is no JSON array'
  if (parsed.length === 0) return 'an empty array'
  if (parsed.length > MAX_ARGUMENTS) return `an array of ${parsed.length} elements`
  const argv: string[] = []
  for (const element of parsed) {
    if (typeof element !== 'string') return 'an array with something else than strings'
    const problem = findTextProblem(element)
    if (problem !== undefined) return `an argument with ${problem}`
    argv.push(element)
  }
  return argv[0]?.trim() === '' ? 'an array without the name of a program' : argv
}

function readShellLine(text: string, shell: readonly string[]): readonly string[] | string {
  const problem = findTextProblem(text)
  if (problem !== undefined) return problem
  if (Array.isArray(parseJson(text))) return 'a JSON array, although command-shell names a shell'
  return [...shell, text]
}

function findTextProblem(text: string): string | undefined {
  if (text.length > MAX_LENGTH) return `a text of ${text.length} characters`
  if (text.includes('${' + '{')) return 'an expression that was not evaluated'
  if (SECRET_INSIDE.test(text)) return 'something that looks like a secret, which every process could read'
  const odd = /[^\P{C}\n\t]|[\u2028\u2029]/u.exec(text)?.[0]
  return odd === undefined ? undefined : describeCharacter(odd)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const NAMES = 'command-environment'

function parseEnvironmentNames(context: ParseContext): readonly string[] {
  const text = context.given.get(NAMES)
  if (text === undefined) return []
  const names = text.split(/[\s,]+/).filter((name) => name !== '')
  const found = findNamesProblem(text, names)
  if (found === undefined) return names
  const needed = 'names of environment variables, separated by commas, spaces or line breaks'
  const fix = 'Write the names alone, for example AZURE_CONFIG_DIR; their values come from the env of this step.'
  context.faults.push(createInputFault(NAMES, { found, needed, fix }))
  return []
}

function findNamesProblem(text: string, names: readonly string[]): string | undefined {
  if (/[^\x20-\x7e\n\r\t]/.test(text)) return describeText(text)
  if (SECRET_INSIDE.test(text)) return 'something that looks like a secret'
  const odd = names.find((name) => !/^[A-Za-z_][A-Za-z0-9_]{0,127}$/.test(name))
  if (odd !== undefined) return odd.includes('=') ? 'a name with a value' : 'a word that is no name of a variable'
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) return `${twice} twice`
  if (names.length > 64) return `${names.length} names`
  return names.length === 0 ? 'no name' : undefined
}
