import { checkSecret } from '../credentials/check-secret.ts'
import type { SecretKind } from '../credentials/secret-kind.ts'
import type { ProviderId } from '../providers/provider.ts'
import { Secret } from '../secret.ts'
import type { ProviderConfig, SecretName } from '../sidecar-config.ts'
import type { Topology } from '../topology/topology.ts'
import type { ParseContext } from './given-inputs.ts'
import type { InputName } from './input-table.ts'
import type { SkippedProvider } from './inputs.ts'
import type { ParsedSources } from './parse-sources.ts'

/** What the parsers of the providers share. */
export interface ProviderContext extends ParseContext {
  /** Absent when the topology has faults of its own. */
  readonly topology: Topology | undefined
  readonly onMissing: 'fail' | 'skip'
  readonly sources: ParsedSources
  /** The job may ask GitHub for identity tokens. */
  readonly hasOidc: boolean
  readonly secrets: Map<SecretName, Secret>
  readonly skipped: SkippedProvider[]
}

/**
 * A provider that was looked at: not wanted, not usable (its faults or its skipping are recorded), or configured.
 */
export type ParsedProvider =
  | { readonly kind: 'absent' }
  | { readonly kind: 'unusable' }
  | { readonly kind: 'configured'; readonly config: ProviderConfig }

export const ABSENT: ParsedProvider = { kind: 'absent' }
export const UNUSABLE: ParsedProvider = { kind: 'unusable' }

export interface KeyInput {
  readonly provider: ProviderId
  readonly input: InputName
  readonly secretKind: SecretKind
}

/**
 * Reads a provider's key and keeps it as a Secret. `absent`: the input is not given (`none`). `unusable`: a fault, or an empty
 * secret that `on-missing: skip` passes over, has been recorded.
 */
export function parseKey(context: ProviderContext, key: KeyInput): 'absent' | 'unusable' | 'given' {
  const text = context.given.get(key.input)
  if (text === undefined) return 'absent'
  const fault = checkSecret(key.input, key.secretKind, text)
  if (fault === undefined) {
    context.secrets.set(`${key.provider}.key`, new Secret(text))
    return 'given'
  }
  if (fault.code === 'secret-missing' && context.onMissing === 'skip') {
    context.skipped.push({ provider: key.provider, input: key.input })
  } else {
    context.faults.push(fault)
  }
  return 'unusable'
}
