import { deriveSecretName, listPassedNames } from '../core/credentials/command-environment.ts'
import type { CommandSource } from '../core/credentials/source.ts'
import { Secret } from '../core/secret.ts'
import type { ProviderConfig, SecretName } from '../core/sidecar-config.ts'
import type { Step } from './step.ts'

/** The commands among the sources of credentials. */
export function listCommands(providers: readonly ProviderConfig[]): readonly CommandSource[] {
  return providers.flatMap(({ credential }) => (credential.kind === 'command' ? [credential] : []))
}

/**
 * Takes what commands get of this step's environment, before any untrusted step has run: the fixed list, and what the user
 * named. Empty when there is no command. A variable that is not set stays unset.
 */
export function captureCommandVariables(
  providers: readonly ProviderConfig[],
  { environment, platform }: Pick<Step, 'environment' | 'platform'>,
): ReadonlyMap<SecretName, Secret> {
  const commands = listCommands(providers)
  if (commands.length === 0) return new Map()
  const names = [...listPassedNames(platform), ...commands.flatMap((command) => command.environmentNames)]
  return new Map(
    names.flatMap((name) => {
      const value = environment[name]
      return value === undefined ? [] : [[deriveSecretName(name), new Secret(value)] as const]
    }),
  )
}
