import { Secret } from '../../../core/secret.ts'
import type { LaunchMessage, ProviderConfig, SecretName } from '../../../core/sidecar-config.ts'
import type { LiveRedactor } from '../live-redactor.ts'
import type { ValidationContext } from '../validation/prober.ts'
import { readLaunchSecret } from './read-launch-secret.ts'
import type { SourceClient } from './source-client.ts'
import type { SourceContext } from './source-context.ts'

export interface SourceContextOptions {
  readonly secrets: LaunchMessage['secrets']
  readonly validation: ValidationContext
  readonly sources: SourceClient
  readonly redactor: LiveRedactor
  readonly onRotated: (name: SecretName, value: Secret) => void
  readonly onLifecycle: (
    what: 'credential-renewed' | 'credential-failed',
    detail: { readonly provider: ProviderConfig['id']; readonly detail?: string },
  ) => void
}

/** Joins what a worker has into what its credentials need. Rotated secrets replace those of the launch from then on. */
export function createSourceContext(options: SourceContextOptions): SourceContext {
  const { redactor, onLifecycle } = options
  const rotated = new Map<SecretName, Secret>()
  return {
    validation: options.validation,
    sources: options.sources,
    renewed: new Map(),
    redact: redactor.redact,
    clock: { now: () => Date.now(), monotonic: () => performance.now() },
    readSecret: (name) => readLaunchSecret(options.secrets, name),
    findSecret: (name) => {
      const text = options.secrets[name]
      return rotated.get(name) ?? (text === undefined ? undefined : new Secret(text))
    },
    remember: redactor.remember,
    rotate: (name, secret) => {
      rotated.set(name, secret)
      redactor.remember(secret)
      options.onRotated(name, secret)
    },
    events: ({ id }) => ({
      onRenewed: () => onLifecycle('credential-renewed', { provider: id }),
      onFailed: (error) => {
        const detail = redactor.redact(error instanceof Error ? error.message : 'unknown')
        onLifecycle('credential-failed', { provider: id, detail })
      },
    }),
  }
}
