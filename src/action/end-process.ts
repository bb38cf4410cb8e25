import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'

const GRACE_MS = 2000

/** Ends a detached child with all it started: asked first, then killed. Resolves once it is gone. */
export async function endProcess(child: ChildProcess): Promise<void> {
  const { pid } = child
  if (pid === undefined) return
  if (child.exitCode === null && child.signalCode === null) {
    const gone = once(child, 'exit')
    signalGroup(pid, 'SIGTERM')
    const timer = setTimeout(() => signalGroup(pid, 'SIGKILL'), GRACE_MS)
    await gone
    clearTimeout(timer)
  }
  if (process.platform !== 'win32') signalGroup(pid, 'SIGKILL')
}

/**
 * Signals the process group that a detached process leads; on Windows, which has none, the process. Its pid cannot have been
 * reused for a group while a member of it lives. A group that is gone is fine.
 */
export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, signal)
  } catch {
    // Gone already.
  }
}
