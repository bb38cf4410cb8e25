import type { Fault } from './fault.ts'
import { PROVIDERS } from './providers/table.ts'
import type { ProviderCheck } from './sidecar-config.ts'
import { renderAuthority } from './upstream.ts'

export interface ValidationOutcome {
  /** What makes a strict run end: rejected credentials and missing models. */
  readonly blocking: readonly Fault[]
  /** What could not be told: a warning in every mode, never silence. */
  readonly doubts: readonly Fault[]
}

/** Turns the sidecar's findings into faults the user can act on. */
export function decideValidation(checks: readonly ProviderCheck[]): ValidationOutcome {
  const rejected = checks.filter((check) => check.verdict === 'rejected').map(toRejection)
  const models = checks.flatMap((check) => (check.missingModel === undefined ? [] : [toMissingModel(check)]))
  const doubts = checks.filter((check) => check.verdict === 'inconclusive').map(toDoubt)
  return { blocking: [...rejected, ...models], doubts }
}

/** One line for the log: host, mode, verdict and the reason for both. */
export function renderCheck(check: ProviderCheck): string {
  const parts = [`${PROVIDERS[check.provider].label}: ${check.verdict}`, `host ${renderAuthority(check.upstream)}`]
  if (check.provider === 'copilot') parts.push(`routing ${check.routing} (${check.routingReason})`)
  if (check.verdict !== 'unchecked') parts.push(`${Math.round(check.ms)} ms`)
  const detail =
    check.verdict === 'valid' ? '' : ` – ${[check.message, check.fix].filter((text) => text !== '').join(' ')}`
  return parts.join(', ') + detail
}

function toRejection(check: ProviderCheck): Fault {
  const row = PROVIDERS[check.provider]
  return {
    code: 'credential-rejected',
    input: row.keyInput,
    title: `${row.label}: credential rejected (${check.cause})`.slice(0, 60),
    message: check.message,
    fix: check.fix,
  }
}

function toDoubt(check: ProviderCheck): Fault {
  const row = PROVIDERS[check.provider]
  return {
    code: 'credential-inconclusive',
    input: row.keyInput,
    title: `${row.label}: credential not confirmed (${check.cause})`.slice(0, 60),
    message: check.message,
    fix: check.fix,
  }
}

function toMissingModel(check: ProviderCheck): Fault {
  const row = PROVIDERS[check.provider]
  const { wanted = '', nearest = [] } = check.missingModel ?? {}
  const names = nearest.length === 0 ? '' : ` Nearest names: ${nearest.join(', ')}.`
  return {
    code: 'model-unavailable',
    input: 'copilot-model',
    title: `${row.label}: model is not available`,
    message: `${renderAuthority(check.upstream)} does not list the model "${wanted}" for this credential.${names}`,
    fix:
      check.provider === 'copilot'
        ? 'Set copilot-model to a listed name, or enable the model in the Copilot policy of the organization.'
        : 'Set copilot-model to a listed name.',
  }
}
