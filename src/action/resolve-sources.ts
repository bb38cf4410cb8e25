import { accessSync, constants, statSync } from 'node:fs'
import path from 'node:path'
import type { CommandSource, CredentialSource, FileSource } from '../core/credentials/source.ts'
import { ActionError, type Fault } from '../core/fault.ts'
import { createInputFault } from '../core/inputs/input-fault.ts'
import type { InputName } from '../core/inputs/input-table.ts'
import { CREDENTIAL_OF } from '../core/inputs/source-table.ts'
import type { ProviderConfig } from '../core/sidecar-config.ts'
import { findProgram } from './find-program.ts'
import type { Step } from './step.ts'

type Machine = Pick<Step, 'environment' | 'platform'>

/**
 * Binds commands and files to this machine while nothing untrusted has run yet: the program's absolute path, the file's
 * absolute path, and that what a command needs is there. Throws one ActionError with everything that is wrong.
 */
export function resolveSources(providers: readonly ProviderConfig[], machine: Machine): readonly ProviderConfig[] {
  const faults: Fault[] = []
  const resolved = providers.map((provider) => ({ ...provider, credential: resolve(provider, machine, faults) }))
  if (faults.length > 0) throw new ActionError(deduplicate(faults))
  return resolved
}

function resolve({ id, credential }: ProviderConfig, machine: Machine, faults: Fault[]): CredentialSource {
  if (credential.kind === 'command')
    return resolveCommand(credential, { machine, faults, input: CREDENTIAL_OF[id].command })
  if (credential.kind === 'file') return resolveFile(credential, { machine, faults, input: CREDENTIAL_OF[id].file })
  return credential
}

interface Context {
  readonly machine: Machine
  readonly faults: Fault[]
  readonly input: InputName
}

function resolveCommand(source: CommandSource, { machine, faults, input }: Context): CommandSource {
  const { environment, platform } = machine
  const missing = source.environmentNames.filter((name) => environment[name] === undefined)
  if (missing.length > 0) faults.push(renderMissingVariables(missing))
  const [program = '', ...rest] = source.argv
  const found = findProgram(program, {
    platform,
    searchPath: environment.PATH ?? '',
    extensions: environment.PATHEXT ?? '.COM;.EXE',
    workspace: environment.GITHUB_WORKSPACE,
  })
  if (found.kind === 'found') return { ...source, argv: [found.path, ...rest] }
  const needed = 'a program that can be run, by its name on PATH or its absolute path'
  const fix = 'Install the tool in a step before this one, or write the absolute path of the program.'
  faults.push(createInputFault(input, { found: found.found, needed, fix }))
  return source
}

function renderMissingVariables(names: readonly string[]): Fault {
  const found = `${names.join(', ')}, which ${names.length === 1 ? 'is' : 'are'} not set for this step`
  const isOidc = names.some((name) => name.startsWith('ACTIONS_ID_TOKEN_REQUEST_'))
  const fix = isOidc
    ? 'Give the job `permissions: id-token: write`; pull requests from forks never have it.'
    : 'Set them in the env of this step, or leave them out.'
  return createInputFault('command-environment', { found, needed: 'names of variables that this step has', fix })
}

function resolveFile(source: FileSource, { machine, faults, input }: Context): FileSource {
  const absolute = path.resolve(machine.environment.GITHUB_WORKSPACE ?? '.', source.path)
  const found = findFileProblem(absolute)
  if (found === undefined) return { ...source, path: absolute }
  const needed = 'a file with the credential, which this user can read'
  const fix = 'Write the file in a step before this one, and give its absolute path.'
  faults.push(createInputFault(input, { found, needed, fix }))
  return source
}

function findFileProblem(file: string): string | undefined {
  // Node's right to read takes an asterisk for any text.
  if (file.includes('*')) return 'a path with an asterisk'
  try {
    const found = statSync(file, { throwIfNoEntry: false })
    if (found === undefined) return 'a path at which there is no file'
    if (found.isDirectory()) return 'a directory'
    if (!found.isFile()) return 'something that is no regular file'
    accessSync(file, constants.R_OK)
    return undefined
  } catch {
    return 'a file that this user may not read'
  }
}

// One list of variables serves all commands.
function deduplicate(faults: readonly Fault[]): readonly Fault[] {
  return faults.filter((fault, index) => faults.findIndex(({ message }) => message === fault.message) === index)
}
