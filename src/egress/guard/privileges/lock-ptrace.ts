import { readFileSync, writeFileSync } from 'node:fs'
import type { LockContext } from './lock.ts'

const SETTING = '/proc/sys/kernel/yama/ptrace_scope'

const OPEN =
  "Processes of the runner's user can read each other's memory here (no Yama, or ptrace_scope 0), the runner's own among them, which holds the secrets of the job."

/** Yama at 1 or more: only a parent may look into a process. Without it the agent reads the memory of the runner's worker. */
export function lockPtrace({ journal }: LockContext): readonly string[] {
  const before = readSetting()
  if (before === undefined) return [OPEN]
  if (Number(before) >= 1) return []
  try {
    journal.note({ kind: 'setting', path: SETTING, value: before })
    writeFileSync(SETTING, '1')
  } catch {
    return [OPEN]
  }
  return readSetting() === '1' ? [] : [OPEN]
}

function readSetting(): string | undefined {
  try {
    return readFileSync(SETTING, 'latin1').trim()
  } catch {
    return undefined
  }
}
