import type { Inputs } from '../core/inputs/inputs.ts'
import type { StartedFirewall } from './firewall/started-firewall.ts'
import type { SidecarHandle } from './launch-sidecar.ts'
import type { RunDirectory } from './run-directory.ts'
import type { Run } from './start-sidecar.ts'
import type { Step } from './step.ts'

/** A run whose processes are up: what exports, outputs and state are made from. */
export interface AppliedRun {
  readonly step: Step
  readonly inputs: Inputs
  readonly run: Run
  readonly directory: RunDirectory
  readonly handle: SidecarHandle
  readonly firewall: StartedFirewall | undefined
}
