import { execFileSync } from 'node:child_process'

/**
 * Puts processes into the real-time class, or back. Latency at low load is a question of who is woken when; on a machine with
 * other work it says something about the contender only in that class. Needs root; returns false where it is refused.
 */
export function setRealTime(pids: readonly number[], isRealTime: boolean): boolean {
  const policy = isRealTime ? ['--rr', '--all-tasks', '--pid', '10'] : ['--other', '--all-tasks', '--pid', '0']
  try {
    for (const pid of pids) execFileSync('chrt', [...policy, String(pid)], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
