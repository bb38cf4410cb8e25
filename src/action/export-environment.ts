import type { AgentEnvironment } from '../core/environment.ts'
import type { Runner } from './runner.ts'

/** Hands the variables to the later steps and says which of the job's own values they hide. */
export function exportEnvironment(runner: Runner, { variables, blanked, replaced }: AgentEnvironment): void {
  for (const [name, value] of Object.entries(variables)) runner.exportVariable(name, value)
  if (blanked.length > 0) {
    runner.warning(
      `${blanked.join(', ')} would make an agent bypass the sidecar and are empty for the later steps of this job. Remove them from the job.`,
      'Competing variables blanked',
    )
  }
  if (replaced.length > 0) {
    runner.notice(
      `${replaced.join(', ')} of the job have other values in the later steps, so that agents use the sidecar.`,
      'Variables replaced',
    )
  }
}
