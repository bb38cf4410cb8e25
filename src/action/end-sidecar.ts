import { setTimeout as wait } from 'node:timers/promises'
import { signalGroup } from './end-process.ts'
import { isProcessAlive } from './process-status.ts'

export interface SidecarProcess {
  readonly pid: number
  readonly startTime: string | null
}

const GRACE_MS = 3000
const POLL_MS = 20

/**
 * Ends a sidecar by signals, the one way that needs no answer from it. Its start time is compared before each signal, so that
 * a reused pid is never hit. @returns true when it is gone.
 */
export async function endSidecar(sidecar: SidecarProcess): Promise<boolean> {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    if (!isProcessAlive(sidecar.pid, sidecar.startTime)) return true
    signalGroup(sidecar.pid, signal)
    if (await waitForEnd(sidecar, GRACE_MS)) return true
  }
  return false
}

/** @returns true as soon as the process is gone, false when it still lives after `limitMs` milliseconds. */
export async function waitForEnd({ pid, startTime }: SidecarProcess, limitMs: number): Promise<boolean> {
  const deadline = performance.now() + limitMs
  while (isProcessAlive(pid, startTime)) {
    if (performance.now() >= deadline) return false
    await wait(POLL_MS)
  }
  return true
}
