import type { LaunchMessage, SecretName } from '../../../core/sidecar-config.ts'

/** A secret that must be there. @throws when it is absent or blank: the last guard before sockets are opened. */
export function readLaunchSecret(secrets: LaunchMessage['secrets'], name: SecretName): string {
  const value = secrets[name]
  if (value === undefined || value.trim() === '') throw new Error(`The launch message lacks ${name}`)
  return value
}
