import type { TrafficReport } from '../core/report.ts'
import { askToStop } from './ask-to-stop.ts'
import { endSidecar, waitForEnd } from './end-sidecar.ts'
import type { RunState } from './state.ts'

const EXIT_MS = 3000

export interface StoppedSidecar {
  /** Its last figures; undefined when it did not answer. */
  readonly report: TrafficReport | undefined
  readonly isGone: boolean
}

/**
 * Stops the sidecar of a run. It is asked first: in the enforced level it is another user's process, which no signal of this step
 * reaches. Signals are for one that does not answer.
 * @param drainMs Milliseconds that running requests get to end.
 */
export async function stopSidecar(state: StopState, drainMs: number): Promise<StoppedSidecar> {
  const { managementHost: host, managementPort: port, runId, controlToken } = state
  const report = await askToStop({ host, port, runId, controlToken, drainMs })
  const hasLeft = report !== undefined && (await waitForEnd(state, EXIT_MS))
  return { report, isGone: hasLeft || (await endSidecar(state)) }
}

type StopState = Pick<RunState, 'managementHost' | 'managementPort' | 'runId' | 'controlToken' | 'pid' | 'startTime'>
