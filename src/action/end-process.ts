import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'

const GRACE_MS = 2000
const LIMIT_MS = 2 * GRACE_MS

/**
 * Ends a detached child with all it started: asked first, then killed. Resolves once it is gone, or at the limit: root's processes, as
 * those of sudo, get no signal of this user, and the step must not wait for one that hangs. Such a child is let go.
 */
export async function endProcess(child: ChildProcess): Promise<void> {
  const { pid } = child
  if (pid === undefined) return
  if (child.exitCode === null && child.signalCode === null) {
    const limit = new AbortController()
    const gone = once(child, 'exit', { signal: limit.signal })
    signalGroup(pid, 'SIGTERM')
    const timers = [setTimeout(() => signalGroup(pid, 'SIGKILL'), GRACE_MS), setTimeout(() => limit.abort(), LIMIT_MS)]
    await gone.catch(() => letGo(child))
    for (const timer of timers) clearTimeout(timer)
  }
  if (process.platform !== 'win32') signalGroup(pid, 'SIGKILL')
}

/** A pipe to it would keep this process from ending as well. */
function letGo(child: ChildProcess): void {
  for (const stream of child.stdio) stream?.destroy()
  child.unref()
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
