import { findLeaks, type KnownSecret } from '../../support/find-leaks.ts'
import type { Job, StepResult } from '../../support/runner.ts'

/**
 * Looks for secrets in everything that a job has left: its directory with the runner's files, the summary and the logs, its state
 * and variables, what its steps printed, and the command lines and environments of all processes.
 * @throws with the places where one stands.
 */
export function assertJobClean(job: Job, secrets: readonly KnownSecret[], ...steps: readonly StepResult[]): void {
  const texts = {
    state: JSON.stringify(job.state),
    outputs: JSON.stringify(job.outputs),
    variables: JSON.stringify(job.exported),
    ...Object.fromEntries(steps.map((step, at) => [`step ${at + 1}`, step.log + JSON.stringify(step.commands)])),
  }
  const leaks = findLeaks(secrets, { directories: [job.directory], texts })
  if (leaks.length > 0) throw new Error(`The scenario leaked: ${leaks.join('; ')}`)
}
