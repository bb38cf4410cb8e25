import type { Fault } from '../core/fault.ts'
import type { Inputs } from '../core/inputs/inputs.ts'
import type { ProviderCheck } from '../core/sidecar-config.ts'

export interface CheckFindings {
  /** Undefined when an input could not be used. */
  readonly inputs: Inputs | undefined
  readonly checks: readonly ProviderCheck[]
  readonly faults: readonly Fault[]
}
