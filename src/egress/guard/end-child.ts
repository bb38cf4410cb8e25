import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'

/** True when a child is known to be gone, or never was. */
export function hasEnded(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null
}

/** What it said last is still in its pipe when it is gone; whoever else holds the pipe must not be waited for. */
const LAST_WORDS_MS = 50

/** Asks a child of ours to end, and ends it after so many milliseconds. Resolves once it is gone and its last words are read. */
export async function endChild(child: ChildProcess, graceMs: number): Promise<void> {
  if (hasEnded(child)) return
  const gone = once(child, 'exit')
  const closed = once(child, 'close')
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), graceMs)
  await gone
  clearTimeout(timer)
  await Promise.race([closed, pause(LAST_WORDS_MS)])
}
