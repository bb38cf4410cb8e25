import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'

/** True when a child is known to be gone, or never was. */
export function hasEnded(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null
}

/** Asks a child of ours to end, and ends it after so many milliseconds. Resolves once it is gone. */
export async function endChild(child: ChildProcess, graceMs: number): Promise<void> {
  if (hasEnded(child)) return
  const gone = once(child, 'exit')
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), graceMs)
  await gone
  clearTimeout(timer)
}
