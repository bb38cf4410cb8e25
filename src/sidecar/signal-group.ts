/**
 * Signals the process group that a detached child leads; Windows has no groups. A group that is gone is fine. While a member
 * of it lives, its number is not given to another process.
 */
export function signalGroup(leader: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  if (process.platform === 'win32') return
  try {
    process.kill(-leader, signal)
  } catch {
    // Gone already.
  }
}
