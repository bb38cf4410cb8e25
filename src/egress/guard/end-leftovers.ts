import { readFileSync } from 'node:fs'
import type { GuardConfig } from '../../core/egress-config.ts'
import { parseProcessStat } from '../../core/process-stat.ts'
import { decideLeftovers, type LeftoverFacts, parseSubordinate, type SeenProcess } from './decide-leftovers.ts'
import { listPids } from './list-pids.ts'

/** A process that forks as fast as it is ended is stopped first; still, nobody is waited for without end. */
const MOST_ROUNDS = 50

/**
 * Ends what a job has left behind, before the firewall goes: the agent has the runner's uid, so it could end the job itself and go
 * on without a firewall. @returns how many were ended.
 */
export function endLeftovers({ runnerUid, runnerName, watch }: GuardConfig): number {
  if (watch.startTime === null) return 0
  const names = [String(runnerUid), ...(runnerName === null ? [] : [runnerName])]
  const facts: LeftoverFacts = {
    runnerUid,
    subordinate: parseSubordinate(readText('/etc/subuid'), names),
    jobStart: Number(watch.startTime),
  }
  const ended = new Set<number>()
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const found = decideLeftovers(listProcesses(), facts)
    if (found.length === 0) break
    for (const pid of found) signal(pid, 'SIGSTOP')
    for (const pid of found) {
      signal(pid, 'SIGKILL')
      ended.add(pid)
    }
  }
  return ended.size
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // It has just ended.
  }
}

function listProcesses(): SeenProcess[] {
  return listPids().flatMap(readProcess)
}

/** Nothing for a process that is gone or dead: nobody may ever reap it. */
function readProcess(pid: number): SeenProcess[] {
  const stat = parseProcessStat(readText(`/proc/${pid}/stat`))
  const uids = /^Uid:\s*(.*)$/m.exec(readText(`/proc/${pid}/status`))?.[1]
  if (uids === undefined || stat === undefined || stat.isDead) return []
  const { parent, startTime } = stat
  return [{ pid, parent, uids: uids.split(/\s+/).map(Number), startTime: Number(startTime ?? Number.NaN) }]
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}
